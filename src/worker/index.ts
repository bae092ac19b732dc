export { createWorker, type NcfdWorker, type WorkerConfig } from './worker';
export { runWorker } from './run-worker';
export { openStores, type Stores } from './stores';
