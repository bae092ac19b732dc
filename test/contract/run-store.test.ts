import type { RunStore } from '../../src/ports/run-store';
import { createRunStore } from '../../src/stores/postgres/run-store';
import { createTrialStore } from '../../src/stores/postgres/trial-store';
import { canonicalJson } from '../../src/domain/manifest/canonical-json';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { nctId, scoredTrial, variedTrials } from '../support/scored-trials';
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
} from '../stores/support';

const TRIALS = 40;
const COUNTS = { trials: 40, scored: 30, abstained: 10, calls: 3, quarantined: 0, errors: 0 };

describe('runs and their checkpoints', () => {
  let database: TestDatabase;
  let store: RunStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    store = await createRunStore(database.url, { connections: 12 });
    await store.registerParameterSet(PARAMETERS_SHA256, PARAMETERS);
    const trials = await createTrialStore(database.url);
    await trials.importBatch(
      batch({
        versions: Array.from({ length: TRIALS }, (_, i) =>
          versionOf(nctId(i + 1), '2026-01-01T00:00:00Z', 'pain'),
        ),
        cards: [
          {
            study_id: 'ST-1',
            nct_id: nctId(1),
            program_id: null,
            doc_type: 'Paper',
            published_at: null,
            captured_at: '2026-01-01T00:00:00Z',
            archival: false,
            source_url: null,
            coverage_level: null,
            card_sha256: 'ab'.repeat(32),
            body: {},
            program_pvals: [],
          },
        ],
      }),
    );
    await trials.close();
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const newRun = async () => {
    const header = runHeader();
    await store.createRun(header);
    return header;
  };
  const lines = [...variedTrials(TRIALS)].map((one) => ({ ...one, stop: one.score.stop }));

  describe('parameter sets', () => {
    it('are registered once and come back as they were', async () => {
      await store.registerParameterSet(PARAMETERS_SHA256, PARAMETERS);
      expect(canonicalJson((await store.parameterSet(PARAMETERS_SHA256)) ?? {})).toBe(
        canonicalJson(PARAMETERS),
      );
      expect(await store.parameterSet(digest('none'))).toBeNull();
    });

    it('cannot change their content under the same version', async () => {
      await expect(
        store.registerParameterSet(digest('changed'), { ...PARAMETERS, values: {} }),
      ).rejects.toMatchObject({
        kind: 'BadParameterSet',
        message: expect.stringContaining('1.0.0'),
      });
    });
  });

  describe('runs', () => {
    it('started 8 times at once with one key are one run', async () => {
      const header = runHeader();
      const results = await Promise.all(Array.from({ length: 8 }, () => store.createRun(header)));
      expect(results.filter((one) => one.created)).toHaveLength(1);
      expect(results.map((one) => one.run.header)).toEqual(Array(8).fill(header));
    });

    it('are found by id and by key, newest first in the list', async () => {
      const header = runHeader('2027-01-01T00:00:00.5Z');
      await store.createRun({ ...header, runStartedAt: '2027-01-01T00:00:00.500Z' });
      const byId = await store.run(header.runId);
      expect(byId).toMatchObject({ status: 'pending', counts: null, plan: null, error: null });
      expect(await store.run(header.runKey)).toEqual(byId);
      expect((await store.runs(1))[0]).toEqual(byId);
      expect(await store.run('run-unknown')).toBeNull();
    });

    it('need a registered parameter set', async () => {
      const header = runHeader();
      const identity = { ...header.identity, parameter_set_sha256: digest('unknown') };
      await expect(store.createRun({ ...header, identity })).rejects.toMatchObject({
        kind: 'UnknownParameterSet',
      });
    });

    it('keep plan, snapshot and error as their status goes on', async () => {
      const { runId } = await newRun();
      const plan = { key: 'runs/x/plan.json', sha256: digest('plan'), bytes: 10 };
      const snapshotSha256 = digest(`snapshot of ${runId}`);
      await store.setRunStatus(runId, 'running', { plan });
      await store.saveSnapshot({
        snapshotSha256,
        mode: 'post_readout',
        asOf: '2026-03-20T00:00:00Z',
        trials: 40,
        manifest: { format: 1 },
        objectKey: 'runs/x/snapshot.json',
      });
      await store.setRunStatus(runId, 'running', { snapshotSha256 });
      await store.setRunStatus(runId, 'failed', { error: { code: 'NCFD4007' } });
      expect(await store.run(runId)).toMatchObject({
        status: 'failed',
        plan,
        snapshotSha256,
        error: { code: 'NCFD4007' },
        finishedAt: expect.stringMatching(/Z$/),
      });
      await store.setRunStatus(runId, 'running');
      expect(await store.run(runId)).toMatchObject({ status: 'running', error: null, plan });
    });

    it('that are unknown cannot be changed', async () => {
      await expect(store.setRunStatus('run-unknown', 'running')).rejects.toMatchObject({
        kind: 'RunNotFound',
      });
    });
  });

  describe('shards', () => {
    it('are claimed with a number that grows, 16 at once included', async () => {
      const { runId } = await newRun();
      const key = { runId, stage: 'freeze', shard: 0 } as const;
      const claims = await Promise.all(
        Array.from({ length: 16 }, () => claimed(store, key, 'input')),
      );
      expect(claims.map((one) => one.attempt).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 16 }, (_, i) => i + 1),
      );
    });

    it('once whole are given back instead of claimed', async () => {
      const { runId } = await newRun();
      const key = { runId, stage: 'freeze', shard: 3 } as const;
      const output = shardOutput('in', 'out', 7);
      await store.completeShard(await claimed(store, key, 'in'), output, { stage: 'freeze' });
      expect(await store.claimShard(key, digest('in'))).toEqual({ kind: 'done', output });
      expect(await store.shard(key)).toMatchObject({ status: 'succeeded', attempt: 1, output });
    });

    it('cannot be run with another input than before, whole or not', async () => {
      const { runId } = await newRun();
      const key = { runId, stage: 'freeze', shard: 0 } as const;
      const claim = await claimed(store, key, 'in');
      const mismatch = { kind: 'FrozenSetMismatch' };
      await expect(store.claimShard(key, digest('other'))).rejects.toMatchObject(mismatch);
      await store.completeShard(claim, shardOutput('in', 'out'), { stage: 'freeze' });
      await expect(store.claimShard(key, digest('other'))).rejects.toMatchObject(mismatch);
    });

    it('belong to the newest attempt: an older one writes nothing', async () => {
      const { runId } = await newRun();
      const key = { runId, stage: 'score', shard: 0 } as const;
      const older = await claimed(store, key, 'in');
      const newer = await claimed(store, key, 'in');
      await expect(
        store.completeShard(older, shardOutput('in', 'out'), { stage: 'score', lines }),
      ).rejects.toMatchObject({ kind: 'FencingLost', retryable: true });
      expect(await rowsOf(runId, 'scores')).toBe(0);
      await store.completeShard(newer, shardOutput('in', 'out'), { stage: 'score', lines });
      expect(await rowsOf(runId, 'scores')).toBe(TRIALS);
    });

    it('written by 6 attempts at once are written once', async () => {
      const { runId } = await newRun();
      const key = { runId, stage: 'score', shard: 0 } as const;
      const claims = [];
      for (let i = 0; i < 6; i += 1) claims.push(await claimed(store, key, 'in'));
      const results = await Promise.allSettled(
        claims.map((claim) =>
          store.completeShard(claim, shardOutput('in', 'out'), { stage: 'score', lines }),
        ),
      );
      const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(results.at(-1)?.status).toBe('fulfilled');
      expect(refused.every((error) => error.kind === 'FencingLost')).toBe(true);
      expect(await rowsOf(runId, 'scores')).toBe(TRIALS);
    });

    it('completed again with the same output are left alone, with another are a conflict', async () => {
      const { runId } = await newRun();
      const claim = await claimed(store, { runId, stage: 'gates', shard: 0 }, 'in');
      const rows = { stage: 'gates', lines } as const;
      await store.completeShard(claim, shardOutput('in', 'out'), rows);
      await store.completeShard(claim, shardOutput('in', 'out'), rows);
      expect(await rowsOf(runId, 'gates')).toBe(TRIALS * 4);
      await expect(
        store.completeShard(claim, shardOutput('in', 'different'), rows),
      ).rejects.toMatchObject({ kind: 'ResultConflict' });
    });

    it('are all or nothing: a row that does not fit takes the others and the ledger with it', async () => {
      const { runId } = await newRun();
      const key = { runId, stage: 'score', shard: 0 } as const;
      const claim = await claimed(store, key, 'in');
      const stranger = scoredTrial({ number: 999 });
      await expect(
        store.completeShard(claim, shardOutput('in', 'out'), {
          stage: 'score',
          lines: [...lines, stranger],
        }),
      ).rejects.toMatchObject({
        kind: 'TrialNotFound',
        message: expect.stringContaining('NCT00000999'),
      });
      expect(await rowsOf(runId, 'scores')).toBe(0);
      expect(await store.shard(key)).toMatchObject({ status: 'running', output: null });
    });

    it('that failed tell why, and are whole when a later attempt succeeds', async () => {
      const { runId } = await newRun();
      const key = { runId, stage: 'signals', shard: 1 } as const;
      await claimed(store, key, 'in');
      await store.failShard(key, { code: 'NCFD3102' });
      expect(await store.shard(key)).toMatchObject({
        status: 'failed',
        error: { code: 'NCFD3102' },
      });
      const claim = await claimed(store, key, 'in');
      await store.completeShard(claim, shardOutput('in', 'out'), { stage: 'signals', lines });
      await store.failShard(key, { code: 'late' });
      expect(await store.shard(key)).toMatchObject({
        status: 'succeeded',
        attempt: 2,
        error: null,
      });
    });

    it('are listed in the order of the stages', async () => {
      const { runId } = await newRun();
      for (const stage of ['score', 'freeze', 'gates', 'signals'] as const) {
        for (const shard of [10, 2]) await claimed(store, { runId, stage, shard }, 'in');
      }
      expect((await store.ledger(runId)).map((row) => `${row.stage}/${row.shard}`)).toEqual(
        ['freeze', 'signals', 'gates', 'score'].flatMap((stage) => [`${stage}/2`, `${stage}/10`]),
      );
      expect(await store.ledger(runId, 'gates')).toHaveLength(2);
      expect(await store.shard({ runId, stage: 'publish', shard: 0 })).toBeNull();
    });
  });

  describe('result rows', () => {
    it('hold what was computed: rounded columns, exact JSON, evidence with quotes', async () => {
      const { runId } = await newRun();
      const quote = 'tab\there, back\\slash, new\nline, "quotes", NULL \\N';
      const scored = scoredTrial({ number: 1, quote, signals: { S2: 'M', S8: 'unknown' } });
      const one = { ...scored, stop: scored.score.stop };
      const write = async (stage: 'signals' | 'gates' | 'score') => {
        const claim = await claimed(store, { runId, stage, shard: 0 }, 'in');
        await store.completeShard(claim, shardOutput('in', 'out'), { stage, lines: [one] });
      };
      for (const stage of ['signals', 'gates', 'score'] as const) await write(stage);
      const [s2] = await query<Record<string, unknown>>(
        database.url,
        `SELECT s.*, c.study_id FROM signals s LEFT JOIN studies c ON study_pk = source_study_id
          WHERE run_id = $1 AND s_id = 'S2'`,
        [runId],
      );
      expect(s2).toMatchObject({
        state: 'fired',
        severity: 'M',
        value: '0.536648',
        low_certainty: true,
        study_id: 'ST-1',
        evidence_span: one.signals.S2.reason,
      });
      const { evidence, ...rest } = one.signals.S2;
      expect(s2?.metadata).toEqual(rest);
      const kept = await query<{ quote: string; seq: number }>(
        database.url,
        `SELECT quote, seq FROM signal_evidence WHERE run_id = $1 AND s_id = 'S2'`,
        [runId],
      );
      expect(kept).toEqual(evidence.map((_, seq) => ({ quote, seq })));
      const [score] = await query<Record<string, unknown>>(
        database.url,
        'SELECT * FROM scores WHERE run_id = $1',
        [runId],
      );
      expect(score?.p_fail).toBe(one.score.p_fail?.toFixed(5));
      expect(score?.exact).toMatchObject({ p_fail: one.score.p_fail, p_model: one.score.p_model });
      expect(score?.metadata).toMatchObject({
        parameter_set: PARAMETERS_SHA256,
        mode: 'post_readout',
        parts: one.score.parts,
      });
    });

    it('leave a value of 10,000 and more to the JSON', async () => {
      const { runId } = await newRun();
      const one = scoredTrial({ number: 2 });
      const values = [9_999.999_999_9, 10_000, -123_456.5, 9_999.5];
      const signals = { ...one.signals };
      (['S3', 'S4', 'S5', 'S6'] as const).forEach((id, i) => {
        signals[id] = { ...signals[id], state: 'clear', value: values[i]! };
      });
      const claim = await claimed(store, { runId, stage: 'signals', shard: 0 }, 'in');
      await store.completeShard(claim, shardOutput('in', 'out'), {
        stage: 'signals',
        lines: [{ ...one, signals, stop: [] }],
      });
      const rows = await query<{ value: string | null; exact: number }>(
        database.url,
        `SELECT value, (metadata ->> 'value')::float8 AS exact FROM signals
          WHERE run_id = $1 AND s_id BETWEEN 'S3' AND 'S6' ORDER BY s_id`,
        [runId],
      );
      expect(rows.map((row) => row.value)).toEqual([null, null, null, '9999.500000']);
      expect(rows.map((row) => row.exact)).toEqual(values);
    });

    it('that are there though the ledger is not are compared: equal ones stay', async () => {
      const { runId } = await newRun();
      await writeScores(runId, lines.slice(0, 10));
      await forgetLedger(runId);
      const claim = await claimed(store, { runId, stage: 'score', shard: 0 }, 'in');
      await store.completeShard(claim, shardOutput('in', 'all'), { stage: 'score', lines });
      expect(await rowsOf(runId, 'scores')).toBe(TRIALS);
    });

    it('that are there and differ are a conflict that names the trial', async () => {
      const { runId } = await newRun();
      const [first, ...others] = lines;
      await writeScores(runId, [{ ...first!, score: { ...first!.score, decision_basis: 'x' } }]);
      await forgetLedger(runId);
      const claim = await claimed(store, { runId, stage: 'score', shard: 0 }, 'in');
      await expect(
        store.completeShard(claim, shardOutput('in', 'all'), {
          stage: 'score',
          lines: [first!, ...others],
        }),
      ).rejects.toMatchObject({
        kind: 'ResultConflict',
        message: expect.stringContaining(first!.nct_id),
      });
      expect(await rowsOf(runId, 'scores')).toBe(1);
    });
  });

  describe('publishing', () => {
    const publish = (runId: string, content: string) =>
      store.publish({
        runId,
        mode: 'post_readout',
        publicationSha256: digest(content),
        manifest: { format: 1, content },
        objectPrefix: `publications/${digest(content)}`,
        counts: COUNTS,
      });
    const pointer = async () =>
      (
        await query<{ publication_sha256: string; revision: number }>(
          database.url,
          `SELECT publication_sha256, revision FROM publication_pointer WHERE mode = 'post_readout'`,
        )
      )[0]!;

    it('makes a run current, and again is nothing', async () => {
      const { runId } = await newRun();
      const before = await pointer();
      const first = await publish(runId, 'one');
      expect(await publish(runId, 'one')).toEqual(first);
      expect(await pointer()).toEqual({
        publication_sha256: digest('one'),
        revision: before.revision + 1,
      });
      expect(await store.currentPublication('post_readout')).toEqual(first);
      expect(await store.currentPublication('pre_readout')).toBeNull();
      expect(await store.run(runId)).toMatchObject({
        status: 'published',
        publicationSha256: digest('one'),
        counts: COUNTS,
      });
      expect(await store.publication(runId)).toEqual(first);
      expect(
        await query(
          database.url,
          `SELECT FROM audit_log WHERE subject = $1 AND action = 'publish'`,
          [runId],
        ),
      ).toHaveLength(1);
    });

    it('names what it supersedes, one after the other, however many publish at once', async () => {
      const headers = await Promise.all(Array.from({ length: 6 }, newRun));
      const before = await pointer();
      await Promise.all(headers.map(({ runId }) => publish(runId, `of ${runId}`)));
      const chain: string[] = [];
      for (let at = await store.currentPublication('post_readout'); at !== null;) {
        chain.push(at.publicationSha256);
        at = at.supersedes === null ? null : await store.publication(at.supersedes);
      }
      expect(new Set(chain.slice(0, 6))).toEqual(
        new Set(headers.map(({ runId }) => digest(`of ${runId}`))),
      );
      expect(chain[6]).toBe(before.publication_sha256);
      const newest = await store.publications(1);
      expect(newest[0]?.publicationSha256).toBe(chain[0]);
    });

    it('gives a repeat of a run with the same bytes the publication of the first', async () => {
      const [first, other, repeat] = [await newRun(), await newRun(), await newRun()];
      const published = await publish(first.runId, 'same bytes');
      await publish(other.runId, 'other bytes');
      expect(await publish(repeat.runId, 'same bytes')).toEqual(published);
      expect(await store.publication(repeat.runId)).toEqual(published);
      expect(await store.currentPublication('post_readout')).toEqual(published);
    });

    it('refuses a second publication of a run, and any of a cancelled one', async () => {
      const run = await newRun();
      await publish(run.runId, 'mine');
      await expect(publish(run.runId, 'not mine')).rejects.toMatchObject({
        kind: 'ResultConflict',
      });
      const cancelled = await newRun();
      await store.setRunStatus(cancelled.runId, 'cancelled');
      const before = await pointer();
      await expect(publish(cancelled.runId, 'cancelled')).rejects.toMatchObject({
        kind: 'RunCancelled',
      });
      await expect(publish('run-unknown', 'x')).rejects.toMatchObject({ kind: 'RunNotFound' });
      expect(await pointer()).toEqual(before);
      expect(await store.publication(digest('cancelled'))).toBeNull();
    });

    it('is final: no later status takes it back', async () => {
      const { runId } = await newRun();
      await publish(runId, 'final');
      await store.setRunStatus(runId, 'cancelled', { error: { code: 'late' } });
      expect(await store.run(runId)).toMatchObject({ status: 'published', error: null });
    });
  });

  const writeScores = async (runId: string, some: typeof lines) => {
    const claim = await claimed(store, { runId, stage: 'score', shard: 0 }, 'in');
    await store.completeShard(claim, shardOutput('in', 'some'), { stage: 'score', lines: some });
  };
  const forgetLedger = (runId: string) =>
    query(database.adminUrl, 'DELETE FROM run_shards WHERE run_id = $1', [runId]);
  const rowsOf = async (runId: string, table: string): Promise<number> => {
    const rows = await query<{ n: number }>(
      database.url,
      `SELECT count(*)::int AS n FROM ${table} WHERE run_id = $1`,
      [runId],
    );
    return rows[0]!.n;
  };
});

describe('a store whose database is away', () => {
  it('says so, and may be asked again', async () => {
    const store = await createRunStore('postgres://ncfd@127.0.0.1:1/ncfd');
    await expect(store.runs(1)).rejects.toMatchObject({
      kind: 'DatabaseUnreachable',
      retryable: true,
    });
    await store.close();
  });

  it('lives through the loss of its connections', async () => {
    const database = await createTestDatabase();
    const store = await createRunStore(database.url);
    const trials = await createTrialStore(database.url);
    expect(await store.runs(1)).toEqual([]);
    expect(await trials.missing(['NCT00000001'])).toEqual(['NCT00000001']);
    await query(
      database.adminUrl,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    const again = async () => {
      for (;;) {
        try {
          return [await store.runs(1), await trials.missing(['NCT00000001'])];
        } catch (error) {
          expect(error).toMatchObject({ kind: 'DatabaseUnreachable', retryable: true });
        }
      }
    };
    expect(await again()).toEqual([[], ['NCT00000001']]);
    await Promise.all([store.close(), trials.close()]);
    await database.drop();
  });
});
