/**
 * What durability costs: runs of the same trials through Temporal against a plain loop in one
 * process that does the same reads, computations and writes. Same machine, same database, in
 * pairs; the median of the ratios is the result.
 *
 *   node bench/durability.cjs [--trials 31359] [--pairs 5] [--data ../shared/data] [--keep]
 *
 * Real records are taken first, generated ones fill up. Writes bench/results/durability.json.
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
const readline = require('node:readline');
const { parseArgs } = require('node:util');

const root = path.resolve(__dirname, '..');
const cli = path.join(root, 'bin/ncfd.cjs');
const { NcfdClient } = require('../dist/client');
const { codeVersion } = require('../dist/config/code-version');
const { readParameterSet } = require('../dist/config/parameters');
const { resolveSettings } = require('../dist/config/settings');
const { DEFAULT_SIZING } = require('../dist/contracts/run');
const { runHeader } = require('../dist/domain/manifest/run-key');
const { startStack } = require('../dist/dev/stack');
const { createRunStore } = require('../dist/stores/postgres/run-store');
const { summarise } = require('./profile.cjs');

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '31359' },
    pairs: { type: 'string', default: '5' },
    data: { type: 'string', default: path.join(root, '../shared/data') },
    keep: { type: 'boolean', default: false },
  },
});

const REAL_FILES = [
  'ctgov2016_phase3.jsonl.gz',
  'ctgov2016_phase2.jsonl.gz',
  'ctgov2023_sample.jsonl.gz',
  'ctgov_v2_raw.jsonl.gz',
  'ctgov2016_other_slim.jsonl.gz',
];

const say = (line) => process.stderr.write(`${line}\n`);
const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

async function main() {
  const home = mkdtempSync(path.join(os.tmpdir(), 'ncfd-bench-'));
  const stack = await startStack({ home, ui: false, log: say });
  const env = environmentOf(stack);
  const children = [];
  try {
    ncfd(env, ['migrate', 'up']);
    const trials = loadTrials(env, home, Number(values.trials));
    const worker = spawn(process.execPath, [cli, 'worker'], {
      env,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const plain = spawn(process.execPath, [path.join(__dirname, 'plain-loop.cjs')], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(worker, plain);
    const result = await measure(env, worker, plain, trials);
    result.profile = await profiled(env, home, trials);
    save(result);
  } finally {
    for (const child of children) child.kill('SIGTERM');
    if (values.keep) {
      await stack.stop();
      say(`kept: ${home}`);
    } else {
      await stack.destroy();
      rmSync(home, { recursive: true, force: true });
    }
  }
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
function loadTrials(env, home, wanted) {
  const files = REAL_FILES.map((name) => path.join(values.data, name)).filter(existsSync);
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

async function measure(env, worker, plain, trials) {
  const settings = resolveSettings(env);
  const client = await NcfdClient.connect(settings);
  const store = await createRunStore(settings.databaseUrl);
  const answers = readline.createInterface({ input: plain.stdout })[Symbol.asyncIterator]();
  const sides = {
    durable: async (header) => {
      const began = performance.now();
      await client.startRun({ header, sizing: DEFAULT_SIZING, trigger: 'bench' });
      await client.awaitRun(header.runKey, { pollMs: 60_000, noWorkerMs: 120_000 });
      return performance.now() - began;
    },
    plain: async (header) => {
      plain.stdin.write(`${JSON.stringify({ header, sizing: DEFAULT_SIZING })}\n`);
      return JSON.parse((await answers.next()).value).ms;
    },
  };
  const pairs = [];
  let last = null;
  for (let pair = 0; pair <= Number(values.pairs); pair += 1) {
    const order = pair % 2 === 0 ? ['durable', 'plain'] : ['plain', 'durable'];
    const seconds = {};
    for (const side of order) {
      const header = await newRun(store, settings, trials);
      seconds[side] = (await sides[side](header)) / 1000;
      if (side === 'durable') last = header;
    }
    say(
      `${pair === 0 ? 'warm-up' : `pair ${pair}`}: durable ${seconds.durable.toFixed(2)} s, plain ${seconds.plain.toFixed(2)} s, ratio ${(seconds.durable / seconds.plain).toFixed(3)}`,
    );
    if (pair > 0) pairs.push({ ...seconds, ratio: seconds.durable / seconds.plain });
  }
  const work = await client.describeRun(last.runKey);
  const run = await store.run(last.runId);
  const stages = stageSeconds(await store.ledger(last.runId));
  await client.close();
  await store.close();
  return {
    machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version },
    trials: { total: trials.count, real: trials.real, generated: trials.generated },
    pairs,
    medianRatio: median(pairs.map((pair) => pair.ratio)),
    medianDurableSeconds: median(pairs.map((pair) => pair.durable)),
    medianPlainSeconds: median(pairs.map((pair) => pair.plain)),
    workerPeakMb: peakMb(worker.pid),
    plainPeakMb: peakMb(plain.pid),
    activities: work?.activities,
    historyEvents: work?.historyEvents,
    counts: run?.counts,
    stageSeconds: stages,
  };
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

/** Sum over the shards of what each stage took, in seconds; shards of a window overlap. */
function stageSeconds(ledger) {
  const seconds = {};
  for (const { stage, startedAt, finishedAt } of ledger) {
    if (startedAt === null || finishedAt === null) continue;
    seconds[stage] =
      (seconds[stage] ?? 0) + (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  }
  return seconds;
}

function peakMb(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
  } catch {
    return null;
  }
}

/** One more plain run under the CPU profiler: self time by part of the code. */
async function profiled(env, home, trials) {
  const settings = resolveSettings(env);
  const store = await createRunStore(settings.databaseUrl);
  const header = await newRun(store, settings, trials);
  await store.close();
  const folder = path.join(home, 'profile');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--cpu-prof', '--cpu-prof-dir', folder, path.join(__dirname, 'plain-loop.cjs')],
    { env, encoding: 'utf8', input: `${JSON.stringify({ header, sizing: DEFAULT_SIZING })}\n` },
  );
  if (status !== 0) throw new Error(`profiled run failed: ${stderr}`);
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
  return summarise(JSON.parse(readFileSync(path.join(folder, file), 'utf8')), root);
}

function save(result) {
  const folder = path.join(__dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const text = `${JSON.stringify(result, null, 2)}\n`;
  writeFileSync(path.join(folder, 'durability.json'), text);
  process.stdout.write(text);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
