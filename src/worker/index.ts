export { workflowBundleFile } from './bundle';
export { createWorker, type NcfdWorker } from './worker';
export { runWorker } from './run-worker';
export { openStores, type Stores } from './stores';
export { Replayer, type Replayed } from './replay/replay';
export { findHistoryFiles } from './replay/read-history';
