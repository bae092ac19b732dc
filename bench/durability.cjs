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
const { readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { parseArgs } = require('node:util');
const { NcfdClient } = require('../dist/client');
const { resolveSettings } = require('../dist/config/settings');
const { DEFAULT_SIZING } = require('../dist/contracts/run');
const { createRunStore } = require('../dist/stores/postgres/run-store');
const {
  BED_OPTIONS,
  machine,
  newRun,
  peakMb,
  root,
  save,
  say,
  startWorker,
  withBed,
} = require('./bed.cjs');
const { summarise } = require('./profile.cjs');

const { values } = parseArgs({
  options: { ...BED_OPTIONS, pairs: { type: 'string', default: '5' } },
});

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

async function main() {
  await withBed(values, async ({ home, env, trials }) => {
    const worker = startWorker(env);
    const plain = spawn(process.execPath, [path.join(__dirname, 'plain-loop.cjs')], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const result = await measure(env, worker, plain, trials);
      result.profile = await profiled(env, home, trials);
      save('durability.json', result);
    } finally {
      for (const child of [worker, plain]) child.kill('SIGTERM');
    }
  });
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
    machine: machine(),
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

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
