// The compiled form of a source file. `npm ci` builds dist; after `npm ci --ignore-scripts` it is
// built here.
'use strict';
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** @param {string} file below src, without its extension */
module.exports = function compiled(file) {
  const target = path.join(root, 'dist', `${file}.js`);
  if (!existsSync(target)) build();
  return require(target);
};

function build() {
  process.stderr.write('setup: building dist\n');
  const tsc = require.resolve('typescript/bin/tsc');
  const project = path.join(root, 'tsconfig.build.json');
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
