export { NcfdClient } from './ncfd-client';
