import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Version of this package, read from the `package.json` above the build output. */
export function packageVersion(): string {
  const file = path.join(__dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
