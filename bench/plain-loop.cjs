/**
 * The plain loop: the same reads, computations and writes as a durable run, called one after the
 * other in one process, without Temporal. Answers each line of stdin, `{header, sizing}`, with a
 * line `{ms}`.
 */
const readline = require('node:readline');
const { MockActivityEnvironment } = require('@temporalio/testing');
const { createActivities } = require('../dist/activities');
const { codeVersion } = require('../dist/config/code-version');
const { resolveSettings } = require('../dist/config/settings');
const { createLog } = require('../dist/observability/log');
const { createMetrics } = require('../dist/observability/metrics');
const { openStores } = require('../dist/worker/stores');

async function main() {
  const stores = await openStores(resolveSettings());
  const log = createLog({ level: 'error' });
  const activities = createActivities({
    ...stores,
    codeVersion: codeVersion(),
    log,
    metrics: createMetrics({ processMetrics: false }),
  });
  const call = (name, input) => new MockActivityEnvironment().run(activities[name], input);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { header, sizing } = JSON.parse(line);
    const began = performance.now();
    await plainRun(call, header, sizing);
    process.stdout.write(`${JSON.stringify({ ms: performance.now() - began })}\n`);
  }
  await stores.close();
}

async function plainRun(call, header, sizing) {
  const { plan, shards } = await call('planShards', { header, sizing });
  const step = { header, plan };
  for (let shard = 0; shard < shards; shard += 1) await call('freezeFeatures', { ...step, shard });
  const { snapshotSha256 } = await call('sealSnapshot', step);
  for (let shard = 0; shard < shards; shard += 1) {
    await call('computeSignals', { ...step, shard });
    await call('evaluateGates', { ...step, shard });
    await call('scoreShard', { ...step, shard });
  }
  const counts = await call('verifyRun', step);
  await call('publishRun', { ...step, snapshotSha256, counts });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
