#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
if (existsSync(main)) {
  require(main);
} else {
  process.stderr.write('ncfd: the program is not built yet: dist/cli/main.js is missing\n');
  process.stderr.write('hint: run npm ci, or npm run build after a change\n');
  process.exitCode = 1;
}
