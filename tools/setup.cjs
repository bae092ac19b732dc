// Makes sure the servers that npm does not bring are at hand (see src/dev/setup.ts).
// `npm ci` builds dist; after `npm ci --ignore-scripts` it is built here.
'use strict';
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const compiled = path.join(root, 'dist', 'dev', 'setup.js');

if (!existsSync(compiled)) {
  process.stderr.write('setup: building dist\n');
  const tsc = require.resolve('typescript/bin/tsc');
  const project = path.join(root, 'tsconfig.build.json');
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
void (async () => {
  process.exitCode = await require(compiled).main(process.argv.slice(2));
})();
