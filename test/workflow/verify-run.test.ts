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
  const { runs, artifacts } = harness.stores;
  const run = await runs.run(runId);
  if (run === null) throw new Error('the run is gone');
  const planOf = planCache(artifacts);
  const deps = { runs, artifacts, results, planOf, parametersOf: parameterCache(runs) };
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
  ['signal_evidence', 'kind', `kind || 's'`],
  ['signal_evidence', 'ref_id', `ref_id || '0'`],
  ['signal_evidence', 'ref_sha256', `repeat('0', 64)`],
  ['signal_evidence', 'pointer', `pointer || '/0'`],
  ['signal_evidence', 'quote', `coalesce(quote, '') || '.'`],
  ['signal_evidence', 'published_at', `coalesce(published_at, now()) + interval '1 microsecond'`],
  ['signal_evidence', 'source_url', `coalesce(source_url, '') || '#'`],
  ['signal_evidence', 'seq', 'seq + 1000'],
  ['gates', 'state', `CASE state WHEN 'clear' THEN 'unknown' ELSE 'clear' END`],
  ['gates', 'supporting_s_ids', `supporting_s_ids || '{S1}'`],
  ['gates', 'lr_used', 'lr_used + 0.000001'],
  ['gates', 'lr_rule', `lr_rule || '.'`],
  ['gates', 'rationale_text', `coalesce(rationale_text, '') || '.'`],
  ['gates', 'metadata', `metadata || '{"more": 1}'`],
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
  ['run_shards', 'rows', 'rows + 1'],
  ['run_shards', 'input_sha256', `repeat('0', 64)`],
  ['run_shards', 'output_sha256', `repeat('0', 64)`],
  ['run_shards', 'counters', `counters || '{"more": 1}'`],
  ['run_shards', 'error', `'{"more": 1}'`],
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
  ['publications', 'mode', `'pre_readout'`],
  ['publications', 'manifest', `manifest || '{"more": 1}'`],
  ['publications', 'object_prefix', `object_prefix || '0'`],
  ['parameter_sets', 'body', `body || '{"more": 1}'`],
];

describe('a run whose rows were altered by somebody with every right', () => {
  test.each(CELLS)('is refused for %s.%s, and the table is named', async (table, column, value) => {
    const perTrial = ['signals', 'signal_evidence', 'gates', 'scores'].includes(table);
    const wanted = table === 'signals' && column === 's_id' ? `s_id = 'S9'` : 'true';
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
