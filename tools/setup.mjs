// Fetches what the embedded stack needs and npm does not bring (see src/dev/setup.ts).
// `npm ci` builds dist; after `npm ci --ignore-scripts` it is built here.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const compiled = fileURLToPath(new URL('dist/dev/setup.js', root));
const require = createRequire(import.meta.url);

if (!existsSync(compiled)) {
  process.stderr.write('setup: building dist\n');
  const tsc = require.resolve('typescript/bin/tsc');
  const project = fileURLToPath(new URL('tsconfig.build.json', root));
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
}
process.exitCode = await require(compiled).main(process.argv.slice(2));
