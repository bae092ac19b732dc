import { Client } from 'pg';
import type { CatalystRow, TrialHistory } from '../../src/domain/features/types';
import type { UniverseCandidate } from '../../src/domain/features/universe';
import { canonicalJson } from '../../src/domain/manifest/canonical-json';
import type { StudyCard } from '../../src/domain/registry/types';
import type { TrialStore, Watermark } from '../../src/ports/trial-store';
import { createTrialStore } from '../../src/stores/postgres/trial-store';
import { batch, digest, query, versionOf } from '../stores/support';
import { type TestDatabase, createTestDatabase } from '../support/database';

const day = (n: number): string => `2026-01-${String(n).padStart(2, '0')}T00:00:00Z`;

let trialNumber = 0;
/** Ids of trials that no other test speaks of, ascending. */
const newTrials = (count: number): string[] =>
  Array.from({ length: count }, () => `NCT${String((trialNumber += 1)).padStart(8, '0')}`);
const newTrial = (): string => newTrials(1)[0]!;

function card(nct_id: string, study_id: string, parts: Partial<StudyCard> = {}): StudyCard {
  const body = parts.body ?? { study_id, primary_result: null };
  return {
    study_id,
    nct_id,
    program_id: null,
    doc_type: 'Paper',
    published_at: null,
    captured_at: day(1),
    archival: false,
    source_url: null,
    coverage_level: 'high',
    card_sha256: digest(canonicalJson({ study_id, body, at: parts.captured_at ?? '' })),
    body,
    program_pvals: [],
    ...parts,
  };
}

const catalyst = (nct_id: string, window_start: string, captured_at: string): CatalystRow => ({
  nct_id,
  window_start,
  window_end: null,
  certainty: 'announced',
  source: 'press release',
  published_at: captured_at,
  captured_at,
});

describe('trials', () => {
  let database: TestDatabase;
  let store: TrialStore;
  beforeAll(async () => {
    database = await createTestDatabase();
    store = await createTrialStore(database.url, { connections: 8 });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const history = async (nctId: string, at?: Watermark): Promise<TrialHistory> => {
    const [found] = await store.histories([nctId], at ?? (await store.watermark()));
    return found!;
  };
  const contents = async (nctId: string): Promise<(string | null)[]> =>
    (await history(nctId)).versions.map(({ version }) => version.primary_endpoint_text);

  describe('an import', () => {
    it('twice changes nothing and counts nothing', async () => {
      const [a, b] = newTrials(2) as [string, string];
      const all = batch({
        versions: [
          versionOf(a, day(1), 'pain', { keys: ['x\u001fy'] }),
          versionOf(b, day(1), 'os'),
        ],
        cards: [card(a, `${a}/1`), card(b, `${b}/1`)],
        catalysts: [catalyst(a, '2026-06', day(1))],
      });
      expect(await store.importBatch(all)).toEqual({
        trials: 2,
        versions: 2,
        cards: 2,
        catalysts: 1,
        unchanged: 0,
      });
      const before = [await everything(), await store.watermark()];
      expect(await store.importBatch(all)).toEqual({
        trials: 0,
        versions: 0,
        cards: 0,
        catalysts: 0,
        unchanged: 5,
      });
      expect([await everything(), await store.watermark()]).toEqual(before);
    });

    it('keeps the earliest of versions that mean the same, in one batch or in several', async () => {
      const offered = (nct: string) => [
        versionOf(nct, day(5), 'pain'),
        versionOf(nct, day(1), 'pain'),
        versionOf(nct, day(3), 'sleep'),
        versionOf(nct, day(4), 'sleep'),
      ];
      const [together, apart] = newTrials(2) as [string, string];
      expect((await store.importBatch(batch({ versions: offered(together) }))).versions).toBe(3);
      const ascending = offered(apart).sort((a, b) =>
        a.version.captured_at < b.version.captured_at ? -1 : 1,
      );
      for (const one of ascending) await store.importBatch(batch({ versions: [one] }));
      for (const nct of [together, apart]) {
        const { versions } = await history(nct);
        expect(
          versions.map((v) => [v.version.captured_at, v.version.primary_endpoint_text]),
        ).toEqual([
          [day(1), 'pain'],
          [day(3), 'sleep'],
          [day(5), 'pain'],
        ]);
      }
    });

    it('shows a version that was captured earlier than its stored equal, and that one no more', async () => {
      const nct = newTrial();
      await store.importBatch(batch({ versions: [versionOf(nct, day(9), 'pain')] }));
      const added = await store.importBatch(batch({ versions: [versionOf(nct, day(2), 'pain')] }));
      expect(added).toMatchObject({ versions: 1 });
      const { versions } = await history(nct);
      expect(versions.map((v) => v.version.captured_at)).toEqual([day(2)]);
    });

    it('stores two records of one capture that differ, in the order of their numbers', async () => {
      const nct = newTrial();
      const versions = [
        versionOf(nct, day(1), 'second', { version_id: '10' }),
        versionOf(nct, day(1), 'first', { version_id: '9' }),
      ];
      await store.importBatch(batch({ versions }));
      expect(await contents(nct)).toEqual(['first', 'second']);
    });

    it('tells which fields changed against the version before', async () => {
      const nct = newTrial();
      await store.importBatch(batch({ versions: [versionOf(nct, day(1), 'pain')] }));
      await store.importBatch(
        batch({
          versions: [
            versionOf(nct, day(2), 'sleep'),
            versionOf(nct, day(3), 'sleep 2', { status: 'TERMINATED' }),
          ],
        }),
      );
      const rows = await query<{ changed_fields: { field: string }[] }>(
        database.url,
        `SELECT changed_fields FROM trial_versions JOIN trials USING (trial_id)
          WHERE nct_id = $1 ORDER BY captured_at`,
        [nct],
      );
      expect(rows.map((row) => row.changed_fields.map(({ field }) => field))).toEqual([
        [],
        ['primary_outcomes'],
        ['primary_outcomes', 'overall_status'],
      ]);
    });

    it('describes a trial by its newest whole record, and names its newest version', async () => {
      const nct = newTrial();
      const row = async () =>
        (
          await query<Record<string, unknown>>(
            database.url,
            `SELECT t.brief_title, t.overall_status, t.phase, t.area, t.is_pivotal, t.sponsor_class,
                    t.start_date::text, t.start_date_precision, v.captured_at::text
               FROM trials t JOIN trial_versions v ON version_id = current_version_id
              WHERE nct_id = $1`,
            [nct],
          )
        )[0]!;
      const record = versionOf(nct, day(5), 'pain');
      const columns = { area: 'respiratory', is_pivotal: true } as const;
      await store.importBatch(batch({ versions: [{ ...record, trial_columns: columns }] }));
      const described = {
        brief_title: 'Trial of pain',
        overall_status: 'COMPLETED',
        phase: '3',
        area: 'respiratory',
        is_pivotal: true,
        sponsor_class: 'industry',
        start_date: '2010-01-01',
        start_date_precision: 'month',
      };
      expect(await row()).toMatchObject(described);
      await store.importBatch(batch({ versions: [versionOf(nct, day(1), 'older')] }));
      expect(await row()).toMatchObject({
        ...described,
        captured_at: expect.stringMatching('-05'),
      });
      const partial = versionOf(nct, day(8), 'export', {
        completeness: 'partial',
        status: 'UNKNOWN',
      });
      await store.importBatch(batch({ versions: [partial] }));
      expect(await row()).toMatchObject({
        ...described,
        captured_at: expect.stringMatching('-08'),
      });
    });

    it('is all or nothing', async () => {
      const [good, bad] = newTrials(2) as [string, string];
      const nul = { primary_endpoint_text: 'nul \u0000' };
      const versions = [versionOf(good, day(1), 'pain'), versionOf(bad, day(1), 'pain', nul)];
      await expect(store.importBatch(batch({ versions }))).rejects.toMatchObject({
        kind: 'DatabaseRefused',
      });
      expect(await store.missing([good, bad])).toEqual([good, bad]);
    });

    it('by 6 processes at once of overlapping trials stores each version once', async () => {
      const ids = newTrials(20);
      const one = batch({ versions: ids.map((nct) => versionOf(nct, day(1), 'pain')) });
      const counts = await Promise.all(Array.from({ length: 6 }, () => store.importBatch(one)));
      expect(counts.map((count) => count.versions).sort((a, b) => a - b)).toEqual([
        0, 0, 0, 0, 0, 20,
      ]);
    });

    it('keeps its report with what was rejected and why, unprintable text included', async () => {
      const item = {
        source: 'a.ndjson',
        line: 3_000_000_000,
        nct_id: 'NCT\u0000',
        study_id: null,
        pointer: '/x\ud800',
        code: 'bad_format',
        message: 'tab\there',
      };
      await store.saveImportReport(
        {
          source: 'a.ndjson',
          source_sha256: digest('a'),
          read: 2,
          counts: { trials: 1, versions: 1, cards: 0, catalysts: 0, unchanged: 0 },
          rejected: 1,
          unknown_enums: { 'phase=PHASE9': 1 },
        },
        [item, { ...item, line: null }],
      );
      const rows = await query(
        database.url,
        'SELECT r.seq, r.line, r.nct_id, r.pointer, r.message FROM rejected_items r ORDER BY seq',
      );
      expect(rows).toEqual([
        {
          seq: 0,
          line: '3000000000',
          nct_id: 'NCT\ufffd',
          pointer: '/x\ufffd',
          message: 'tab\there',
        },
        { seq: 1, line: null, nct_id: 'NCT\ufffd', pointer: '/x\ufffd', message: 'tab\there' },
      ]);
    });
  });

  describe('a watermark', () => {
    it('hides what is imported after it, from histories and from the universe', async () => {
      const [early, late] = newTrials(2) as [string, string];
      const first = batch({
        versions: [versionOf(early, day(1), 'pain', { keys: ['s\u001fhidden'] })],
        cards: [card(early, `${early}/1`)],
        catalysts: [catalyst(early, '2026-06', day(1))],
      });
      await store.importBatch(first);
      const at = await store.watermark();
      const before = [await history(early, at), await universe(at)];
      await store.importBatch(
        batch({
          versions: [
            versionOf(early, day(2), 'sleep'),
            versionOf(late, day(1), 'pain', { keys: ['s\u001fhidden'] }),
          ],
          cards: [card(early, `${early}/2`), card(late, `${late}/1`)],
          catalysts: [catalyst(early, '2026-09', day(2))],
        }),
      );
      expect([await history(early, at), await universe(at)]).toEqual(before);
      const now = await history(early);
      expect([now.versions.length, now.own_cards.length, now.catalysts.length]).toEqual([2, 2, 2]);
      expect(now.program_cards).toHaveLength(1);
    });

    it('waits for an import in flight, so that its rows are below', async () => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock(6233002)'); // as an import does
      const nct = newTrial();
      await client.query('INSERT INTO trials (nct_id) VALUES ($1)', [nct]);
      const pending = store.watermark();
      const first = await Promise.race([
        pending.then(() => 'watermark'),
        new Promise((resolve) => setTimeout(() => resolve('still waiting'), 300)),
      ]);
      expect(first).toBe('still waiting');
      const { rows } = await client.query<{ id: string }>(
        `INSERT INTO trial_versions (trial_id, captured_at, content_sha256, normal_form, changed_fields)
         SELECT trial_id, now(), '${digest(nct)}', '{"version":{},"facts":{}}', '[]' FROM trials
          WHERE nct_id = $1 RETURNING version_id AS id`,
        [nct],
      );
      await client.query('COMMIT');
      await client.end();
      expect(Number((await pending).version_id)).toBeGreaterThanOrEqual(Number(rows[0]!.id));
    });
  });

  describe('histories', () => {
    it('come in the order of the ids, with cards as they were given', async () => {
      const [a, b] = newTrials(2) as [string, string];
      const full = card(a, `${a}/full`, {
        program_id: null,
        published_at: '2025-12-31T12:30:00Z',
        captured_at: '2026-01-01T00:00:00.250Z',
        archival: true,
        source_url: 'https://example.org/x?y=1\\2',
        coverage_level: null,
        body: { p: 1e-7, big: 123456789.125, text: 'é\t"\\', list: [1, null, { a: false }] },
        program_pvals: [{ p: 0.049_999_999_999_999_996, pointer: '/x' }],
      });
      const versions = [versionOf(a, day(1), 'pain'), versionOf(b, day(1), 'os')];
      await store.importBatch(batch({ versions, cards: [full] }));
      const found = await store.histories([b, a], await store.watermark());
      expect(found.map((one) => one.nct_id)).toEqual([b, a]);
      expect(found[1]?.own_cards).toEqual([full]);
      expect(found[1]?.versions).toEqual([
        { version: versions[0]?.version, facts: versions[0]?.facts },
      ]);
    });

    it('have the cards of trials that share a key, not of those that share one with them', async () => {
      const [a, b, c, alone] = newTrials(4) as [string, string, string, string];
      await store.importBatch(
        batch({
          versions: [
            versionOf(a, day(1), '1', { keys: ['acme\u001fzorva', 'acme\u001fother'] }),
            versionOf(b, day(2), '2', { keys: ['acme\u001fzorva', 'acme\u001fchain'] }),
            versionOf(c, day(3), '3', { keys: ['acme\u001fchain'] }),
            versionOf(alone, day(1), '4', { keys: ['else\u001fzorva'] }),
          ],
          cards: [a, b, c, alone].map((nct) => card(nct, `${nct}/1`)),
        }),
      );
      const programOf = async (nct: string) =>
        (await history(nct)).program_cards.map((one) => one.nct_id);
      expect(await programOf(a)).toEqual([b]);
      expect((await programOf(b)).sort()).toEqual([a, c]);
      expect(await programOf(c)).toEqual([b]);
      expect(await programOf(alone)).toEqual([]);
      expect((await history(a)).program_known_at).toEqual({ [b]: day(2) });
    });

    it('let a curated program win over shared keys', async () => {
      const [a, b, c] = newTrials(3) as [string, string, string];
      await store.importBatch(
        batch({
          versions: [a, b, c].map((nct) =>
            versionOf(nct, day(1), nct, { keys: ['acme\u001fcurated'] }),
          ),
          cards: [
            card(a, `${a}/1`, { program_id: 'P-1' }),
            card(b, `${b}/1`),
            card(c, `${c}/1`, { program_id: 'P-1' }),
          ],
        }),
      );
      expect((await history(a)).program_cards.map((one) => one.nct_id)).toEqual([c]);
      expect((await history(b)).program_cards).toEqual([]);
    });

    it('know a program from the earliest capture of its key, whatever was loaded first', async () => {
      const [a, b] = newTrials(2) as [string, string];
      const keys = ['acme\u001flate'];
      await store.importBatch(
        batch({
          versions: [versionOf(a, day(8), 'new', { keys }), versionOf(b, day(2), 'x', { keys })],
          cards: [card(b, `${b}/1`)],
        }),
      );
      expect((await history(a)).program_known_at).toEqual({ [b]: day(8) });
      await store.importBatch(batch({ versions: [versionOf(a, day(4), 'old', { keys })] }));
      expect((await history(a)).program_known_at).toEqual({ [b]: day(4) });
    });

    it('hold keys of any length apart', async () => {
      const [a, b, c] = newTrials(3) as [string, string, string];
      const long = `acme\u001f${'very long name '.repeat(400)}`;
      await store.importBatch(
        batch({
          versions: [
            versionOf(a, day(1), '1', { keys: [`${long}a`] }),
            versionOf(b, day(1), '2', { keys: [`${long}a`] }),
            versionOf(c, day(1), '3', { keys: [`${long}b`] }),
          ],
          cards: [a, b, c].map((nct) => card(nct, `${nct}/1`)),
        }),
      );
      expect((await history(a)).program_cards.map((one) => one.nct_id)).toEqual([b]);
    });

    it('keep the catalyst windows that say something new', async () => {
      const nct = newTrial();
      const rows = [catalyst(nct, '2026-06', day(1)), catalyst(nct, '2026-09', day(3))];
      const again = { ...rows[1]!, captured_at: day(4) };
      await store.importBatch(batch({ catalysts: [...rows, again] }));
      expect((await history(nct)).catalysts).toEqual(rows);
    });

    it('leave out trials that are not stored, which `missing` names', async () => {
      const nct = newTrial();
      await store.importBatch(batch({ versions: [versionOf(nct, day(1), 'pain')] }));
      const asked = ['NCT99999998', nct, 'NCT99999997'];
      expect(await store.histories(asked, await store.watermark())).toHaveLength(1);
      expect(await store.missing(asked)).toEqual(['NCT99999998', 'NCT99999997']);
    });
  });

  describe('the universe', () => {
    it('is every trial by id, over page borders, and only those asked for', async () => {
      const ids = newTrials(2_300);
      const versions = ids.map((nct) => versionOf(nct, day(1), 'pain'));
      for (let i = 0; i < ids.length; i += 500) {
        await store.importBatch(batch({ versions: versions.slice(i, i + 500) }));
      }
      const at = await store.watermark();
      const all = (await universe(at)).map((one) => one.nct_id);
      expect(all).toEqual([...all].sort());
      expect(new Set(all).size).toBe(all.length);
      expect(all.filter((nct) => ids.includes(nct))).toEqual(ids);
      const only = [ids[5]!, ids[2_200]!, 'NCT99999999'];
      expect((await universe(at, only)).map((one) => one.nct_id)).toEqual(only.slice(0, 2));
    });

    it('tells of each card when it was known and whether it has results', async () => {
      const nct = newTrial();
      await store.importBatch(
        batch({
          versions: [versionOf(nct, day(1), 'pain')],
          cards: [
            card(nct, `${nct}/protocol`, { body: { primary_result: null, arms: {} } }),
            card(nct, `${nct}/registry`, { body: {}, doc_type: 'Registry', archival: true }),
            card(nct, `${nct}/paper`, { body: { os: { hr: 0.8 } }, published_at: day(1) }),
          ],
          catalysts: [catalyst(nct, '2026-06', day(1))],
        }),
      );
      const [found] = await universe(await store.watermark(), [nct]);
      const cards = found!.own_cards.map((one) => [one.has_results, one.archival]);
      expect(cards).toEqual([
        [false, false],
        [true, true],
        [true, false],
      ]);
      expect(Date.parse(found!.own_cards[2]!.published_at!)).toBe(Date.parse(day(1)));
      expect(found!.catalysts).toHaveLength(1);
      expect(found!.versions[0]?.facts.phases).toEqual(['PHASE3']);
    });
  });

  const universe = async (
    at: Watermark,
    only: string[] | null = null,
  ): Promise<UniverseCandidate[]> => {
    const found: UniverseCandidate[] = [];
    for await (const one of store.universe(at, only)) found.push(one);
    return found;
  };

  /** Every row of what an import writes. */
  const everything = () =>
    query(
      database.url,
      `SELECT 't' AS of, to_jsonb(t) AS row FROM trials t
       UNION ALL SELECT 'v', to_jsonb(v) FROM trial_versions v
       UNION ALL SELECT 's', to_jsonb(s) FROM studies s
       UNION ALL SELECT 'k', to_jsonb(k) FROM program_keys k
       UNION ALL SELECT 'c', to_jsonb(c) FROM catalysts c ORDER BY 1, 2`,
    );
});
