import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * A file or folder of this package, found upwards so that sources and build output agree; null
 * when it is not part of this installation.
 */
export function shippedPath(...parts: readonly string[]): string | null {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const found = path.join(folder, ...parts);
    if (existsSync(found)) return found;
    if (path.dirname(folder) === folder) return null;
  }
}
