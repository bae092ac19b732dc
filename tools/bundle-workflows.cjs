/**
 * Build step: writes dist/workflow-bundle.js, so that no worker bundles at its start; the recorded
 * histories that a deployment gate replays; and dist/build.json, which names the build.
 */
const { execFileSync } = require('node:child_process');
const { cpSync, existsSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { DefaultLogger } = require('@temporalio/worker');
const { describeBuild } = require('../dist/config/build.js');
const { bundle } = require('../dist/worker/bundle.js');

const root = path.resolve(__dirname, '..');
const dist = path.join(root, 'dist');
const target = path.join(dist, 'workflow-bundle.js');

/** Where it is said, else what git says, else the version of the package. */
function revision() {
  if (process.env.NCFD_REVISION) return process.env.NCFD_REVISION;
  const file = path.join(root, 'REVISION');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  try {
    return execFileSync('git', ['-C', root, 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return require('../package.json').version;
  }
}

function copyHistories() {
  const from = path.join(root, 'test', 'replay', 'histories');
  const to = path.join(dist, 'histories');
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
  else process.stderr.write('build: no recorded histories, so this build cannot pass its gate\n');
}

async function main() {
  rmSync(target, { force: true });
  const { code } = await bundle(new DefaultLogger('WARN'));
  writeFileSync(target, code);
  copyHistories();
  const build = describeBuild(dist, revision());
  writeFileSync(path.join(dist, 'build.json'), `${JSON.stringify(build, null, 2)}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
});
