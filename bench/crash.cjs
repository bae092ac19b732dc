/**
 * What a crash costs: an undisturbed run, and one of the same inputs whose worker is killed with
 * SIGKILL in the middle of scoring and started again. The published bytes must be the same, and
 * no more shards may be redone than were in flight.
 *
 *   node bench/crash.cjs [--trials 31359] [--data ../shared/data]
 *
 * Writes bench/results/crash.json.
 */
const { setTimeout: sleep } = require('node:timers/promises');
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
  save,
  say,
  startWorker,
  withBed,
} = require('./bed.cjs');

const { values } = parseArgs({ options: BED_OPTIONS });

async function main() {
  await withBed(values, async ({ env, trials }) => {
    const settings = resolveSettings(env);
    const client = await NcfdClient.connect(settings);
    const store = await createRunStore(settings.databaseUrl);
    try {
      save('crash.json', await compared({ env, trials, settings, client, store }));
    } finally {
      await client.close();
      await store.close();
    }
  });
}

async function compared(bed) {
  const { env, trials } = bed;
  let worker = startWorker(env);
  const calm = await finished(bed, await started(bed));

  const workerPeakMb = peakMb(worker.pid);
  const header = await started(bed);
  const killedAt = await untilHalfScored(bed, header);
  worker.kill('SIGKILL');
  say(`worker killed with ${killedAt} shards scored`);
  const inFlight = await unfinished(bed, header);
  worker = startWorker(env);
  const crashed = await finished(bed, header);
  worker.kill('SIGTERM');

  const redone = crashed.ledger.filter(({ attempt }) => attempt > 1);
  return {
    machine: machine(),
    trials: { total: trials.count, real: trials.real, generated: trials.generated },
    shards: crashed.ledger.filter(({ stage }) => stage === 'score').length,
    scoredWhenKilled: killedAt,
    inFlightWhenKilled: inFlight,
    redone: redone.map(({ stage, shard, attempt }) => ({ stage, shard, attempt })),
    samePublication: calm.publicationSha256 === crashed.publicationSha256,
    sameShardOutputs: outputsOf(calm.ledger) === outputsOf(crashed.ledger),
    publicationSha256: crashed.publicationSha256,
    counts: crashed.counts,
    workerPeakMb,
    seconds: { undisturbed: calm.seconds, crashed: crashed.seconds },
  };
}

async function started({ settings, client, store, trials }) {
  const header = await newRun(store, settings, trials);
  await client.startRun({ header, sizing: DEFAULT_SIZING, trigger: 'bench' });
  return header;
}

async function finished({ client, store }, header) {
  const began = Date.now();
  await client.awaitRun(header.runKey, { pollMs: 60_000, noWorkerMs: 120_000 });
  const seconds = (Date.now() - began) / 1000;
  const { publicationSha256, counts } = await store.run(header.runId);
  return { publicationSha256, counts, seconds, ledger: await store.ledger(header.runId) };
}

const outputsOf = (ledger) =>
  ledger
    .map(({ stage, shard, output }) => `${stage}/${shard} ${output?.outputSha256}`)
    .sort()
    .join();

/** Waits until half of the shards are scored; returns how many are. */
async function untilHalfScored({ store }, header) {
  for (;;) {
    const { length } = (await store.ledger(header.runId, 'score')).filter(isWhole);
    const all = (await store.ledger(header.runId, 'freeze')).length;
    if (all > 0 && length >= all / 2) return length;
    await sleep(50);
  }
}

async function unfinished({ store }, header) {
  const ledger = await store.ledger(header.runId);
  return ledger.filter((row) => !isWhole(row)).map(({ stage, shard }) => ({ stage, shard }));
}

const isWhole = ({ status }) => status === 'succeeded';

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
