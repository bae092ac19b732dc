/** Entry of the workflow bundle: every export is a workflow type. */
export { deployGate } from './deploy-gate';
export { ncfdPartition } from './partition';
export { ncfdRun } from './run';
export { ncfdScheduledRun } from './scheduled-run';
