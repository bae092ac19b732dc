export { createWorker, type NcfdWorker, type WorkerConfig } from './worker';
export { runWorker } from './run-worker';
