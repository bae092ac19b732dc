export { createWorker, type NcfdWorker } from './worker';
export { runWorker } from './run-worker';
export { openStores, type Stores } from './stores';
