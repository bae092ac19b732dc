/**
 * bin/ncfd.cjs of a release that tests make: the real program, unless `fault.json` of the release
 * plants a fault for these words. `hang` keeps the command running, before or after its work, until
 * whoever started it is gone, and `hanging` tells the test that it is there.
 */
'use strict';
const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const path = require('node:path');

const root = path.join(__dirname, '..');
const main = path.join(root, 'dist', 'cli', 'main.js');
const words = process.argv.slice(2);
const file = path.join(root, 'fault.json');
const fault = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;

function hang() {
  writeFileSync(path.join(root, 'hanging'), String(process.pid));
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
    if (!existsSync(path.join(root, 'hanging'))) fail();
  }, 50);
}

function fail() {
  process.stderr.write('planted: this command fails\n');
  process.exit(1);
}

/** A worker that runs and is never ready. */
function unready() {
  const server = createServer((_, response) => {
    response.writeHead(503).end('{"status":"not ready","reasons":["planted"]}\n');
  });
  server.listen(0, '127.0.0.1', () => {
    const health = `http://127.0.0.1:${server.address().port}`;
    process.stderr.write(`${JSON.stringify({ health })}\n`);
  });
}

const acts = {
  fail,
  hang,
  unready,
  'hang-after': () => {
    spawnSync(process.execPath, [main, ...words], { stdio: 'inherit' });
    hang();
  },
};

// The gate has tests of its own; here it replays one history, and scores the whole golden set.
if (words.join(' ').startsWith('deploy gate')) {
  const history = path.join(root, 'dist', 'histories', 'happy.run.0.json');
  process.argv.push('--histories', history, '--limit', '0');
}
if (fault !== null && words.join(' ').startsWith(fault.on)) acts[fault.act]();
else require(main);
