import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parameterCache } from '../../src/activities/parameter-cache';
import { planCache } from '../../src/activities/run-plan';
import { codeVersion } from '../../src/config/code-version';
import type { ResultCheck } from '../../src/ports/result-check';
import { createResultCheck } from '../../src/stores/postgres/result-check';
import { type RunVerdict, verifyRun } from '../../src/verify/run';
import { query } from '../stores/support';
import { draws } from '../support/draws';
import { createHarness, type Harness } from './support/harness';

const SEED = 20_261_124;
const FLIPS = 2;

let harness: Harness;
let results: ResultCheck;
let runId: string;
let folder: string;
let admin: string;

beforeAll(async () => {
  harness = await createHarness();
  const { settings } = harness;
  results = await createResultCheck(settings.databaseUrl ?? '');
  folder = (settings.artifacts ?? '').slice('fs:'.length);
  const url = new URL(process.env['NCFD_TEST_DATABASE_ADMIN_URL'] ?? '');
  url.pathname = new URL(settings.databaseUrl ?? '').pathname;
  admin = url.href;
  await harness.startWorker();
  const input = await harness.register({ sizing: { shardSize: 25 } });
  await harness.client.startRun(input);
  await harness.client.awaitRun(input.header.runKey);
  ({ runId } = input.header);
}, 120_000);
afterAll(async () => {
  await results.close();
  await harness.close();
});

async function verdictNow(): Promise<RunVerdict> {
  const { runs, artifacts, trials } = harness.stores;
  const run = await runs.run(runId);
  if (run === null) throw new Error('the run is gone');
  const planOf = planCache(artifacts);
  const deps = { runs, artifacts, results, trials, planOf, parametersOf: parameterCache(runs) };
  return verifyRun(deps, run, {
    publicKey: null,
    allowUnsigned: true,
    codeVersion: codeVersion(),
    onProgress: () => undefined,
  });
}

const filesBelow = (at: string): string[] =>
  readdirSync(at).flatMap((name) => {
    const file = path.join(at, name);
    if (name.startsWith('.')) return [];
    return statSync(file).isDirectory() ? filesBelow(file) : [file];
  });

describe('a run that nobody touched', () => {
  test('is computed again without a difference, every row of it', async () => {
    const { findings, trials, rows, shards } = await verdictNow();
    expect(findings.listed).toEqual([]);
    expect([trials, shards]).toEqual([60, 3]);
    expect(rows).toBeGreaterThan(60 * 14);
  });
});

describe('a run whose artifacts were tampered with', () => {
  test('is refused for every flipped bit, and the artifact is named', async () => {
    const next = draws(SEED);
    let tried = 0;
    for (const file of filesBelow(folder)) {
      const whole = readFileSync(file);
      if (whole.length === 0) continue;
      const key = path.relative(folder, file);
      // Time, flags and system in the head of a compressed file are no part of its content.
      const first = key.endsWith('.gz') ? 10 : 0;
      for (let i = 0; i < FLIPS; i += 1) {
        const byte = first + next(whole.length - first);
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << next(8)), byte);
        writeFileSync(file, bytes);
        const { listed } = (await verdictNow()).findings;
        expect([key, byte, listed.some(({ where }) => where.includes(key))]).toEqual([
          key,
          byte,
          true,
        ]);
        tried += 1;
      }
      writeFileSync(file, whole);
    }
    process.stderr.write(`tampering with artifacts: ${tried} cases, seed ${SEED}, all found\n`);
    expect(tried).toBeGreaterThan(40);
  }, 120_000);
});

/** Numbers that a sequence gave and times of writing follow from nothing: no digest covers them. */
const CELLS: readonly (readonly [table: string, column: string, value: string])[] = [
  ['signals', 'state', `CASE state WHEN 'clear' THEN 'unknown' ELSE 'clear' END`],
  ['signals', 'value', 'coalesce(value, 0) + 0.000001'],
  ['signals', 'severity', `CASE severity WHEN 'L' THEN 'M' ELSE 'L' END`],
  ['signals', 'evidence_span', `coalesce(evidence_span, '') || '.'`],
  ['signals', 'low_certainty', 'NOT low_certainty'],
  ['signals', 'metadata', `metadata || '{"more": 1}'`],
  ['signals', 's_id', `'S9'`],
  ['signals', 'source_study_id', 'coalesce(source_study_id, 0) + 1'],
  ['signals', 'trial_id', 'trial_id + 1000000'],
  ['signals', 'run_id', `run_id || '0'`],
  ['signals', 'run_started_at', `run_started_at + interval '1 microsecond'`],
  ['signal_evidence', 'trial_id', 'trial_id + 1000000'],
  ['signal_evidence', 's_id', `CASE s_id WHEN 'S1' THEN 'S2' ELSE 'S1' END`],
  ['signal_evidence', 'run_id', `run_id || '0'`],
  ['signal_evidence', 'run_started_at', `run_started_at + interval '1 microsecond'`],
  ['signal_evidence', 'kind', `kind || 's'`],
  ['signal_evidence', 'ref_id', `ref_id || '0'`],
  ['signal_evidence', 'ref_sha256', `repeat('0', 64)`],
  ['signal_evidence', 'pointer', `pointer || '/0'`],
  ['signal_evidence', 'quote', `coalesce(quote, '') || '.'`],
  ['signal_evidence', 'published_at', `coalesce(published_at, now()) + interval '1 microsecond'`],
  ['signal_evidence', 'source_url', `coalesce(source_url, '') || '#'`],
  ['signal_evidence', 'seq', 'seq + 1000'],
  ['gates', 'trial_id', 'trial_id + 1000000'],
  ['gates', 'g_id', `CASE g_id WHEN 'G1' THEN 'G5' ELSE 'G6' END`],
  ['gates', 'fired_bool', 'NOT fired_bool'],
  ['gates', 'run_id', `run_id || '0'`],
  ['gates', 'run_started_at', `run_started_at + interval '1 microsecond'`],
  ['gates', 'state', `CASE state WHEN 'clear' THEN 'unknown' ELSE 'clear' END`],
  ['gates', 'supporting_s_ids', `supporting_s_ids || '{S1}'`],
  ['gates', 'lr_used', 'lr_used + 0.000001'],
  ['gates', 'lr_rule', `lr_rule || '.'`],
  ['gates', 'rationale_text', `coalesce(rationale_text, '') || '.'`],
  ['gates', 'metadata', `metadata || '{"more": 1}'`],
  ['scores', 'trial_id', 'trial_id + 1000000'],
  ['scores', 'run_id', `run_id || '0'`],
  ['scores', 'run_started_at', `run_started_at + interval '1 microsecond'`],
  ['scores', 'mode', `'pre_readout'`],
  ['scores', 'prior_pi', 'coalesce(prior_pi, 0) + 0.00001'],
  ['scores', 'logit_prior', 'coalesce(logit_prior, 0) + 0.000001'],
  ['scores', 'sum_log_lr', 'coalesce(sum_log_lr, 0) + 0.000001'],
  ['scores', 'logit_post', 'coalesce(logit_post, 0) + 0.000001'],
  ['scores', 'p_model', 'coalesce(p_model, 0) + 0.00001'],
  ['scores', 'p_fail', 'coalesce(p_fail, 0) + 0.00001'],
  ['scores', 'risk_class', `CASE risk_class WHEN 'L' THEN 'M' ELSE 'L' END`],
  ['scores', 'decision', `CASE decision WHEN 'call' THEN 'no_call' ELSE 'call' END`],
  ['scores', 'decision_basis', `coalesce(decision_basis, '') || '.'`],
  ['scores', 'exact', `exact || '{"more": 1}'`],
  ['scores', 'features_frozen_at', `features_frozen_at + interval '1 microsecond'`],
  ['scores', 'metadata', `metadata || '{"more": 1}'`],
  ['run_shards', 'shard_index', 'shard_index + 1000'],
  ['run_shards', 'status', `'failed'`],
  ['run_shards', 'artifacts', `'{}'`],
  ['run_shards', 'rows', 'rows + 1'],
  ['run_shards', 'input_sha256', `repeat('0', 64)`],
  ['run_shards', 'output_sha256', `repeat('0', 64)`],
  ['run_shards', 'counters', `counters || '{"more": 1}'`],
  ['run_shards', 'error', `'{"more": 1}'`],
  ['runs', 'status', `'succeeded'`],
  ['runs', 'run_started_at', `run_started_at + interval '1 microsecond'`],
  ['runs', 'parameter_set_sha256', `repeat('0', 64)`],
  ['runs', 'code_version', `code_version || '0'`],
  ['runs', 'plan', `plan || '{"more": 1}'`],
  ['runs', 'error', `'{"more": 1}'`],
  ['runs', 'publication_sha256', `repeat('0', 64)`],
  ['runs', 'kind', `'replay'`],
  ['runs', 'mode', `'pre_readout'`],
  ['runs', 'as_of', `as_of + interval '1 microsecond'`],
  ['runs', 'identity', `identity || '{"request_token": "x"}'`],
  ['runs', 'idempotency_key', `repeat('0', 64)`],
  ['runs', 'counts', `counts || '{"calls": 1000}'`],
  ['runs', 'snapshot_sha256', `repeat('0', 64)`],
  ['snapshots', 'mode', `'pre_readout'`],
  ['snapshots', 'as_of', `as_of + interval '1 microsecond'`],
  ['snapshots', 'trials', 'trials + 1'],
  ['snapshots', 'manifest', `manifest || '{"more": 1}'`],
  ['snapshots', 'object_key', `object_key || '0'`],
  ['publications', 'supersedes', `repeat('0', 64)`],
  ['publications', 'run_id', `run_id || '0'`],
  ['publications', 'mode', `'pre_readout'`],
  ['publications', 'manifest', `manifest || '{"more": 1}'`],
  ['publications', 'object_prefix', `object_prefix || '0'`],
  ['parameter_sets', 'body', `body || '{"more": 1}'`],
  ['publication_pointer', 'publication_sha256', 'NULL'],
  ['publication_pointer', 'revision', 'revision + 1'],
  ['publication_moves', 'to_sha256', 'NULL'],
  ['publication_moves', 'from_sha256', `repeat('0', 64)`],
  ['publication_moves', 'revision', 'revision + 1'],
];

/** Which row is altered, where it may not be any. */
const WANTED: Readonly<Record<string, string>> = {
  'signals.s_id': `s_id = 'S9'`,
  publication_pointer: `mode = 'post_readout'`,
};

/** Columns that no check covers, with the reason. A new column belongs here or above. */
const FREE: Readonly<Record<string, string>> = {
  'signals.signal_id': 'a number of a sequence',
  'gates.gate_id': 'a number of a sequence',
  'scores.score_id': 'a number of a sequence',
  'signals.fired_at': 'when it was written',
  'gates.evaluated_at': 'when it was written',
  'scores.scored_at': 'when it was written',
  'run_shards.started_at': 'when it was written',
  'run_shards.finished_at': 'when it was written',
  'run_shards.attempt': 'how often the shard was claimed: no result follows from it',
  'run_shards.run_id': 'the row would be missing: as for shard_index',
  'run_shards.stage': 'the row would be missing: as for shard_index',
  'runs.run_id': 'the name by which the run is looked up',
  'runs.finished_at': 'when it was written',
  'runs.approval': 'what the worker asked for; what was granted is in the audit log',
  'runs.fork': 'with it the frozen records are the parent’s: verify the parent',
  'snapshots.snapshot_sha256': 'the row would be missing',
  'snapshots.created_at': 'when it was written',
  'publications.publication_sha256': 'the row would be missing',
  'publications.published_at': 'when it was written; the order is that of the moves',
  'publications.signature': 'covered with the key: test/e2e/verify.test.ts',
  'parameter_sets.parameter_set_sha256': 'the row would be missing',
  'parameter_sets.id': 'a name; the body has it as well',
  'parameter_sets.semver': 'a name; the body has it as well',
  'parameter_sets.trained_until': 'the body has it as well',
  'parameter_sets.is_default': 'which set the next run takes; its change is in the audit log',
  'parameter_sets.registered_at': 'when it was written',
  'publication_pointer.mode': 'the row would be missing',
  'publication_pointer.changed_at': 'when it was written',
  'publication_moves.mode': 'the row would be missing',
  'publication_moves.moved_at': 'when it was written',
};

test('every column of the tables of a run is covered, or free for a reason', async () => {
  const tables = [...new Set(CELLS.map(([table]) => `'${table}'`))].join(', ');
  const rows = await query<{ name: string }>(
    admin,
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name IN (${tables})`,
  );
  const told = new Set([
    ...CELLS.map(([table, column]) => `${table}.${column}`),
    ...Object.keys(FREE),
  ]);
  const columns = rows.map(({ name }) => name);
  expect(columns.filter((name) => !told.has(name))).toEqual([]);
  expect([...told].filter((name) => !columns.includes(name))).toEqual([]);
});

/** One change for each table that trials are frozen from. */
const REGISTRY: readonly (readonly [table: string, change: string])[] = [
  [
    'trial_versions',
    `normal_form = jsonb_set(normal_form, '{facts,brief_title}', '"another title"')`,
  ],
  ['studies', `source_url = coalesce(source_url, '') || '#'`],
];

describe('a run whose registry tables were altered by somebody with every right', () => {
  test.each(REGISTRY)('is refused for %s, and the trial is named', async (table, change) => {
    await query(
      admin,
      `SET session_replication_role = replica;
       CREATE TABLE kept AS SELECT * FROM ${table};
       UPDATE ${table} SET ${change}`,
    );
    const { listed } = (await verdictNow()).findings;
    expect(listed[0]).toMatchObject({
      where: expect.stringContaining(table),
      trial: expect.stringMatching(/^NCT[0-9]{8}$/),
    });
    const key = table === 'studies' ? 'study_pk' : 'version_id';
    const [column = ''] = change.split(' = ');
    await query(
      admin,
      `SET session_replication_role = replica;
       UPDATE ${table} t SET ${column} = kept.${column} FROM kept WHERE t.${key} = kept.${key};
       DROP TABLE kept`,
    );
    expect((await verdictNow()).findings.listed).toEqual([]);
  });
});

describe('a run whose rows were altered by somebody with every right', () => {
  test.each(CELLS)('is refused for %s.%s, and the table is named', async (table, column, value) => {
    const perTrial = ['signals', 'signal_evidence', 'gates', 'scores'].includes(table);
    const wanted = WANTED[column === 's_id' ? `${table}.s_id` : table] ?? 'true';
    const row = await query<{ at: string; part: string }>(
      admin,
      `SELECT ctid::text AS at, tableoid::regclass::text AS part FROM ${table} WHERE ${wanted} LIMIT 1`,
    );
    const { at, part } = row[0] as { at: string; part: string };
    const altered = value === `'S9'` ? `DELETE FROM ${part} WHERE ctid = '${at}'` : null;
    const checks = `SELECT conname FROM pg_constraint
      WHERE conrelid = '${part}'::regclass AND contype = 'c'`;
    for (const { conname } of await query<{ conname: string }>(admin, checks)) {
      await query(admin, `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${conname}`);
    }
    await query(
      admin,
      `CREATE TABLE kept AS SELECT * FROM ${part} WHERE ctid = '${at}';
       SET session_replication_role = replica;
       ${altered ?? `UPDATE ${part} SET ${column} = ${value} WHERE ctid = '${at}'`}`,
    );
    const { listed } = (await verdictNow()).findings;
    expect(listed.map(({ where }) => where).join('\n')).toContain(`table ${table} row`);
    if (perTrial) expect(listed.some(({ trial }) => trial !== null)).toBe(true);
    const names = await query<{ name: string }>(
      admin,
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${part}'::regclass AND attnum > 0
         AND NOT attisdropped`,
    );
    const columns = names.map(({ name }) => name).join(', ');
    const gone = (
      await query<{ at: string }>(
        admin,
        `SELECT ctid::text AS at FROM ${part} t
      WHERE xmin = (SELECT max(xmin::text::bigint)::text::xid FROM ${part})`,
      )
    )[0]?.at;
    await query(
      admin,
      `SET session_replication_role = replica;
       ${altered === null ? `DELETE FROM ${part} WHERE ctid = '${gone}';` : ''}
       INSERT INTO ${part} (${columns}) SELECT ${columns} FROM kept; DROP TABLE kept`,
    );
  });
});
