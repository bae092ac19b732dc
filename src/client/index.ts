export { NcfdClient, type RunDescription, type StartAnswer } from './ncfd-client';
export type { AwaitOptions } from './await-run';
