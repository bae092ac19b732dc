/**
 * The bed of a measurement: an embedded stack of its own with real registry records first and
 * generated ones for the rest, and new runs over exactly these trials.
 */
const { spawn, spawnSync } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const cli = path.join(root, 'bin/ncfd.cjs');
const { codeVersion } = require('../dist/config/code-version');
const { readParameterSet } = require('../dist/config/parameters');
const { runHeader } = require('../dist/domain/manifest/run-key');
const { startStack } = require('../dist/dev/stack');

const REAL_FILES = [
  'ctgov2016_phase3.jsonl.gz',
  'ctgov2016_phase2.jsonl.gz',
  'ctgov2023_sample.jsonl.gz',
  'ctgov_v2_raw.jsonl.gz',
  'ctgov2016_other_slim.jsonl.gz',
];

const say = (line) => process.stderr.write(`${line}\n`);

/** Options of `parseArgs` that every measurement takes. */
const BED_OPTIONS = {
  trials: { type: 'string', default: '31359' },
  data: { type: 'string', default: path.join(root, '../shared/data') },
  keep: { type: 'boolean', default: false },
};

/** Hands `work` a stack with the wanted trials, and clears all away after it. */
async function withBed(values, work) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'ncfd-bench-'));
  const stack = await startStack({ home, ui: false, log: say });
  const env = environmentOf(stack);
  try {
    ncfd(env, ['migrate', 'up']);
    const trials = loadTrials(env, home, Number(values.trials), values.data);
    return await work({ home, env, trials });
  } finally {
    if (values.keep) {
      await stack.stop();
      say(`kept: ${home}`);
    } else {
      await stack.destroy();
      rmSync(home, { recursive: true, force: true });
    }
  }
}

/** A worker as a process of its own. */
function startWorker(env) {
  return spawn(process.execPath, [cli, 'worker'], { env, stdio: ['ignore', 'ignore', 'ignore'] });
}

/** Writes what was measured to `results/<name>` and prints it. */
function save(name, result) {
  const folder = path.join(__dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const text = `${JSON.stringify(result, null, 2)}\n`;
  writeFileSync(path.join(folder, name), text);
  process.stdout.write(text);
}

function environmentOf({ addresses, home }) {
  return {
    ...process.env,
    NCFD_HOME: home,
    NCFD_DATABASE_URL: addresses.database.worker,
    NCFD_MIGRATOR_URL: addresses.database.migrator,
    NCFD_READER_URL: addresses.database.reader,
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: addresses.namespace,
    NCFD_ARTIFACTS: addresses.artifacts,
    NCFD_LOG_LEVEL: 'error',
  };
}

function ncfd(env, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`ncfd ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Real records first; generated ones make up the number. Returns the file that lists the ids. */
function loadTrials(env, home, wanted, data) {
  const files = REAL_FILES.map((name) => path.join(data, name)).filter(existsSync);
  if (files.length > 0) {
    say(`loading ${files.length} files of real records`);
    ncfd(env, ['ingest', ...files]);
  }
  const known = idsOf(files);
  const real = [...known].sort().slice(0, wanted);
  const missing = wanted - real.length;
  const generated = missing > 0 ? generate(env, home, missing) : [];
  const ids = [...real, ...generated].sort();
  const file = path.join(home, 'trials.txt');
  writeFileSync(file, ids.map((id) => `${id}\n`).join(''));
  say(`${real.length} real and ${generated.length} generated trials`);
  return { file, count: ids.length, real: real.length, generated: generated.length };
}

function idsOf(files) {
  const { gunzipSync } = require('node:zlib');
  const ids = new Set();
  for (const file of files) {
    for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
      const id = /"nctId"\s*:\s*"(NCT\d{8})"/.exec(line)?.[1];
      if (id !== undefined) ids.add(id);
    }
  }
  return ids;
}

function generate(env, home, count) {
  const folder = path.join(home, 'generated');
  mkdirSync(folder);
  ncfd(env, ['sample', 'write', folder, '--seed', '7', '--count', String(count)]);
  ncfd(env, ['ingest', folder]);
  const ids = new Set();
  for (const name of readdirSync(folder).sort()) {
    for (const id of readFileSync(path.join(folder, name), 'utf8').match(/NCT99\d{6}/g) ?? [])
      ids.add(id);
  }
  return [...ids].sort().slice(0, count);
}

async function newRun(store, settings, trials) {
  const parameters = readParameterSet('seed');
  await store.registerParameterSet(parameters.sha256, parameters.set);
  const { createTrialStore } = require('../dist/stores/postgres/trial-store');
  const { openArtifactStore } = require('../dist/stores/artifacts/open');
  const { readTrialList, listUniverse } = require('../dist/cli/trial-list');
  const trialStore = await createTrialStore(settings.databaseUrl);
  const artifacts = openArtifactStore(settings.artifacts, settings.s3);
  const universe = await listUniverse(await readTrialList(trials.file), trialStore, artifacts);
  await trialStore.close();
  await artifacts.close();
  const identity = {
    kind: 'score',
    mode: 'post_readout',
    as_of: '2026-11-01T00:00:00Z',
    universe_rule: universe,
    parameter_set_sha256: parameters.sha256,
    code_version: codeVersion(),
    request_token: randomUUID(),
  };
  const { run } = await store.createRun(runHeader(identity, new Date().toISOString()));
  return run.header;
}

/** Peak resident memory of a process in MB, or null where the system does not tell. */
function peakMb(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
  } catch {
    return null;
  }
}

const machine = () => ({
  cpu: os.cpus()[0]?.model,
  cores: os.cpus().length,
  node: process.version,
});

module.exports = { BED_OPTIONS, machine, newRun, peakMb, root, save, say, startWorker, withBed };
