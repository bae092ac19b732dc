import type { RunStore } from '../../src/ports/run-store';
import type { TrialStore } from '../../src/ports/trial-store';
import { createRunStore } from '../../src/stores/postgres/run-store';
import { createTrialStore } from '../../src/stores/postgres/trial-store';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { scoredTrial } from '../support/scored-trials';
import {
  PARAMETERS,
  PARAMETERS_SHA256,
  batch,
  claimed,
  digest,
  query,
  runHeader,
  shardOutput,
  versionOf,
} from './support';

const INTEGRITY = '23000';
const FORBIDDEN = '42501';
const NCT = 'NCT00000001';

describe('guards of the database', () => {
  let database: TestDatabase;
  let runs: RunStore;
  let trials: TrialStore;
  const header = runHeader();
  const publication = digest('publication');

  beforeAll(async () => {
    database = await createTestDatabase();
    runs = await createRunStore(database.url);
    trials = await createTrialStore(database.url);
    await trials.importBatch(
      batch({
        versions: [
          versionOf(NCT, '2026-01-01T00:00:00Z', 'pain', { keys: ['acme\u001fzorvamab'] }),
        ],
        catalysts: [
          {
            nct_id: NCT,
            window_start: '2026-06',
            window_end: null,
            certainty: 'announced',
            source: 'press',
            published_at: null,
            captured_at: '2026-01-01T00:00:00Z',
          },
        ],
        cards: [
          {
            study_id: 'ST-1',
            nct_id: NCT,
            program_id: null,
            doc_type: 'Paper',
            published_at: null,
            captured_at: '2026-01-01T00:00:00Z',
            archival: false,
            source_url: null,
            coverage_level: null,
            card_sha256: digest('card'),
            body: { study_id: 'ST-1' },
            program_pvals: [],
          },
        ],
      }),
    );
    await runs.registerParameterSet(PARAMETERS_SHA256, PARAMETERS);
    await runs.createRun(header);
    const key = { runId: header.runId, stage: 'score', shard: 0 } as const;
    const claim = await claimed(runs, key, 'in');
    await runs.completeShard(claim, shardOutput('in', 'out'), {
      stage: 'score',
      lines: [scoredTrial({ number: 1 })],
    });
    await runs.saveSnapshot({
      snapshotSha256: digest('snapshot'),
      mode: 'post_readout',
      asOf: '2026-03-20T00:00:00Z',
      trials: 1,
      manifest: {},
      objectKey: 'x',
    });
    await query(
      database.adminUrl,
      `INSERT INTO labels (trial_id, event, value, source, captured_at)
       SELECT trial_id, 'primary_endpoint_missed', true, 'test', now() FROM trials`,
    );
  });
  afterAll(async () => {
    await Promise.all([runs.close(), trials.close()]);
    await database.drop();
  });

  const publish = () =>
    runs.publish({
      runId: header.runId,
      mode: 'post_readout',
      publicationSha256: publication,
      manifest: {},
      objectPrefix: `publications/${publication}`,
      counts: { trials: 1, scored: 1, abstained: 0, calls: 0, quarantined: 0, errors: 0 },
    });

  it('hide a run from readers until it has published', async () => {
    const seen = () => query(database.readerUrl, 'SELECT * FROM published_scores');
    expect(await seen()).toHaveLength(0);
    await publish();
    expect(await seen()).toHaveLength(1);
    expect(await query(database.readerUrl, 'SELECT * FROM published_runs')).toHaveLength(1);
  });

  it.each([
    'trial_versions',
    'studies',
    'snapshots',
    'publications',
    'labels',
    'audit_log',
    'catalysts',
    'program_keys',
    'parameter_sets',
  ])('let nobody change, delete or empty %s, its owner included', async (table) => {
    const column = table === 'parameter_sets' ? 'semver' : '*';
    const [row] = await query<Record<string, unknown>>(
      database.adminUrl,
      `SELECT * FROM ${table} LIMIT 1`,
    );
    expect(row).toBeDefined();
    const name = column === '*' ? Object.keys(row!).at(-1)! : column;
    const value = column === '*' ? name : `'2.0.0'`;
    for (const sql of [
      `UPDATE ${table} SET ${name} = ${value}`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ]) {
      await expect(query(database.adminUrl, sql)).rejects.toMatchObject({ code: INTEGRITY });
    }
  });

  it('let the default mark of a parameter set move, one at a time, into the audit log', async () => {
    const mark = 'UPDATE parameter_sets SET is_default = true';
    await query(database.adminUrl, mark);
    await query(
      database.adminUrl,
      `INSERT INTO parameter_sets (parameter_set_sha256, id, semver, body)
       VALUES ('${digest('2')}', 'other', '1', '{}')`,
    );
    await expect(query(database.adminUrl, mark)).rejects.toMatchObject({ code: '23505' });
    expect(
      await query(
        database.adminUrl,
        `SELECT subject FROM audit_log WHERE action = 'default-parameter-set'`,
      ),
    ).toEqual([{ subject: 'made-up' }]);
  });

  it('let no result be changed', async () => {
    await expect(query(database.adminUrl, 'UPDATE scores SET p_fail = 0.5')).rejects.toMatchObject({
      code: INTEGRITY,
    });
  });

  it('let the output of a shard be written once', async () => {
    await expect(
      query(database.adminUrl, `UPDATE run_shards SET output_sha256 = '${digest('other')}'`),
    ).rejects.toMatchObject({ code: INTEGRITY });
  });

  it.each([
    'CREATE TABLE mine (x int)',
    'ALTER TABLE runs ADD COLUMN x int',
    'DROP TABLE runs',
    `DELETE FROM runs`,
    `DELETE FROM trials`,
    `DELETE FROM scores`,
    `UPDATE scores SET p_fail = 1`,
    `UPDATE publications SET object_prefix = ''`,
    `UPDATE parameter_sets SET is_default = true`,
    `DELETE FROM audit_log`,
    'TRUNCATE run_shards',
    'ALTER TABLE studies DISABLE TRIGGER ALL',
    `CREATE TABLE scores_mine PARTITION OF scores FOR VALUES FROM ('2030-01-01') TO ('2030-02-01')`,
  ])('refuse the worker: %s', async (sql) => {
    await expect(query(database.url, sql)).rejects.toMatchObject({ code: FORBIDDEN });
  });

  it.each([
    'SELECT * FROM runs',
    'SELECT * FROM run_shards',
    'SELECT * FROM scores',
    'SELECT * FROM audit_log',
    'SELECT * FROM rejected_items',
    `INSERT INTO trials (nct_id) VALUES ('NCT00000009')`,
    `UPDATE publication_pointer SET publication_sha256 = NULL`,
    `SELECT ncfd_ensure_month(now())`,
  ])('refuse the reader: %s', async (sql) => {
    await expect(query(database.readerUrl, sql)).rejects.toMatchObject({ code: FORBIDDEN });
  });

  it('let the reader read what is published and what it rests on', async () => {
    for (const table of ['publications', 'publication_pointer', 'trials', 'studies', 'snapshots']) {
      expect((await query(database.readerUrl, `SELECT * FROM ${table}`)).length).toBeGreaterThan(0);
    }
  });

  it('make the partitions of a month once, for a worker that may not', async () => {
    const at = '2031-12-31T23:59:59Z';
    await Promise.all(
      Array.from({ length: 8 }, () =>
        query(database.url, 'SELECT ncfd_ensure_month($1::timestamptz)', [at]),
      ),
    );
    const partitions = await query(
      database.adminUrl,
      `SELECT relname FROM pg_class WHERE relname LIKE '%y2031m12' AND relkind = 'r' ORDER BY 1`,
    );
    expect(partitions).toHaveLength(4);
  });

  it('keep the default partitions empty', async () => {
    await expect(
      query(
        database.adminUrl,
        `INSERT INTO scores (trial_id, run_id, run_started_at, mode, decision, exact,
           features_frozen_at, metadata)
         VALUES (1, 'r', '1999-01-01', 'pre_readout', 'abstain', '{}', now(), '{}')`,
      ),
    ).rejects.toMatchObject({ code: '23514' });
  });
});
