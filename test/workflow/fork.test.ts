import { createHash } from 'node:crypto';
import type { RunInput, RunResult } from '../../src/contracts/run';
import { forkIdentity } from '../../src/domain/manifest/fork';
import { runHeader } from '../../src/domain/manifest/run-key';
import { compileParameters } from '../../src/domain/parameters/compile';
import type { Parameters } from '../../src/domain/parameters/types';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json';
import type { Stage } from '../../src/domain/vocabulary';
import { withPutFault } from './support/faults';
import { createHarness, type Harness } from './support/harness';

let harness: Harness;
let parent: RunInput;
let parentResult: RunResult;
/** Keys that the activities have written since the last look. */
let written: string[] = [];

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker({
    artifacts: (real) => withPutFault(real, (key) => void written.push(key)),
  });
  parent = await harness.register({ sizing: { shardSize: 20 } });
  parentResult = await runToEnd(parent);
});
afterAll(() => harness.close());

async function runToEnd(input: RunInput): Promise<RunResult> {
  await harness.client.startRun(input);
  return harness.client.awaitRun(input.header.runKey, { pollMs: 50 });
}

/** The parameters of the harness with another value for one key, registered. */
async function setWith(key: string, value: Json): Promise<Parameters> {
  const { set } = harness.parameters;
  const values = isJsonObject(set.values) ? set.values : {};
  const entry = { ...(values[key] as JsonObject), value };
  const own = { ...set, semver: `9.0.${written.length}`, values: { ...values, [key]: entry } };
  const compiled = compileParameters(own);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  await harness.stores.runs.registerParameterSet(compiled.value.sha256, compiled.value.set);
  return compiled.value;
}

async function fork(from: Stage, parameters: Parameters): Promise<RunInput> {
  const { identity, runKey, runId } = parent.header;
  const own = {
    parameter_set_sha256: parameters.sha256,
    code_version: identity.code_version,
  };
  const header = runHeader(forkIdentity(identity, runKey, from, own), new Date().toISOString());
  const { run } = await harness.stores.runs.createRun(header, {
    parent: runId,
    from,
    parameterOverride: parameters.sha256 !== identity.parameter_set_sha256,
  });
  written = [];
  return { ...parent, header: run.header };
}

const stagesWritten = (): readonly string[] => [
  ...new Set(written.flatMap((key) => /\/(freeze|signals|gates|score)\//.exec(key)?.[1] ?? [])),
];

test('a fork from gates reuses the snapshot and the signals, and computes the rest as a new run would', async () => {
  const parameters = await setWith('lr.G2.base', 2.25);
  const input = await fork('gates', parameters);
  const result = await runToEnd(input);
  expect(result).toMatchObject({
    status: 'published',
    snapshotSha256: parentResult.snapshotSha256,
    counts: { trials: parentResult.counts?.trials },
  });
  expect(stagesWritten()).toEqual(['gates', 'score']);
  const ledger = await harness.stores.runs.ledger(input.header.runId);
  for (const { stage, attempt } of ledger) {
    expect([stage, attempt]).toEqual([stage, stage === 'freeze' || stage === 'signals' ? 0 : 1]);
  }

  const fresh = await harness.register({
    identity: { parameter_set_sha256: parameters.sha256 },
    sizing: { shardSize: 20 },
  });
  await runToEnd(fresh);
  for (const stage of ['signals', 'gates'] as const) {
    expect(await outputs(input, stage)).toEqual(await outputs(fresh, stage));
  }
  const manifest = (await harness.stores.runs.publication(input.header.runId))?.manifest;
  expect(manifest).toMatchObject({ parameter_set: { override: true } });
});

const outputs = async ({ header }: RunInput, stage: Stage): Promise<readonly unknown[]> =>
  (await harness.stores.runs.ledger(header.runId, stage)).map(({ output }) => output?.outputSha256);

test('the rows that a fork takes over are those of its parent', async () => {
  const input = await fork('score', await setWith('call.tau', 0.7));
  await runToEnd(input);
  expect(stagesWritten()).toEqual(['score']);
  const rows = async (table: string, runId: string): Promise<string> => {
    const found = await harness.query<{ row: string }>(
      `SELECT (to_jsonb(t) - 'run_id' - 'run_started_at' - 'signal_id' - 'gate_id' - 'fired_at'
         - 'evaluated_at')::text AS row FROM ${table} t WHERE run_id = $1 ORDER BY 1`,
      [runId],
    );
    expect(found.length).toBeGreaterThan(0);
    return createHash('sha256')
      .update(found.map(({ row }) => row).join('\n'))
      .digest('hex');
  };
  for (const table of ['signals', 'signal_evidence', 'gates']) {
    expect(await rows(table, input.header.runId)).toBe(await rows(table, parent.header.runId));
  }
});

test('a fork of nothing new publishes the bytes of its parent; the same fork twice is one run', async () => {
  const input = await fork('publish', harness.parameters);
  expect((await fork('publish', harness.parameters)).header).toEqual(input.header);
  const result = await runToEnd(input);
  expect(stagesWritten()).toEqual([]);
  expect(result.publicationSha256).toBe(parentResult.publicationSha256);
});

test('a fork from freeze keeps the trials of its parent and freezes them itself', async () => {
  const input = await fork('freeze', harness.parameters);
  const result = await runToEnd(input);
  expect(stagesWritten()).toEqual(['freeze', 'signals', 'gates', 'score']);
  expect(result.publicationSha256).toBe(parentResult.publicationSha256);
});

test('a fork of a parent that is not whole before the step is refused and computes nothing', async () => {
  const unbegun = await harness.register();
  const { identity, runKey, runId } = unbegun.header;
  const header = runHeader(
    forkIdentity(identity, runKey, 'gates', identity),
    new Date().toISOString(),
  );
  await harness.stores.runs.createRun(header, {
    parent: runId,
    from: 'gates',
    parameterOverride: false,
  });
  await expect(runToEnd({ ...unbegun, header })).rejects.toMatchObject({
    kind: 'FrozenSetMismatch',
  });
  expect(await harness.stores.runs.ledger(header.runId)).toEqual([]);
});
