import { existsSync } from 'node:fs';
import path from 'node:path';

const shared = path.resolve(__dirname, '../../../shared');

/** Path of a file below `../shared/data`, or null when that folder is not there. */
export function sharedData(name: string): string | null {
  return existing(path.join(shared, 'data', name));
}

/** Path of a file below `../shared/vectors`, or null when that folder is not there. */
export function sharedVectors(name: string): string | null {
  return existing(path.join(shared, 'vectors', name));
}

function existing(file: string): string | null {
  if (existsSync(file)) return file;
  process.stderr.write(`not run: no data (${path.basename(file)})\n`);
  return null;
}
