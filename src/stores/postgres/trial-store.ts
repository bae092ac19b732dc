import type { ClientBase } from 'pg';
import type { TrialHistory } from '../../domain/features/types';
import type { UniverseCandidate } from '../../domain/features/universe';
import type {
  ImportBatch,
  ImportCounts,
  ImportReport,
  RejectedItem,
  TrialStore,
  Watermark,
} from '../../ports/trial-store';
import { copyRows } from './copy';
import { importCards, importCatalysts } from './import-facts';
import { type TrialIds, importVersions } from './import-versions';
import { type Database, type DatabaseOptions, openDatabase } from './pool';
import { readHistories } from './read-histories';
import { readUniverse } from './read-universe';

/** One import at a time, and none while a watermark is read; any number of our own will do. */
const IMPORT_LOCK = 'SELECT pg_advisory_xact_lock(6233002)';

/** Opens a store with connections of its own. Nothing is connected before the first call. */
export async function createTrialStore(
  url: string,
  options: DatabaseOptions = {},
): Promise<TrialStore> {
  return new PostgresTrialStore(openDatabase(url, options));
}

/** Trials, versions, cards and catalysts in PostgreSQL. */
export class PostgresTrialStore implements TrialStore {
  constructor(private readonly database: Database) {}

  /** One transaction: all of the batch or nothing of it. */
  importBatch(batch: ImportBatch): Promise<ImportCounts> {
    return this.database.transaction((client) => importAll(client, batch));
  }

  tryBatch(batch: ImportBatch): Promise<ImportCounts> {
    return this.database.transaction(async (client) => {
      await client.query('SAVEPOINT untried');
      const counts = await importAll(client, batch);
      await client.query('ROLLBACK TO SAVEPOINT untried');
      return counts;
    });
  }

  async saveImportReport(report: ImportReport, rejected: readonly RejectedItem[]): Promise<void> {
    await this.database.transaction(async (client) => {
      const { rows } = await client.query<{ import_id: string }>(
        `INSERT INTO import_reports (source, source_sha256, read, rejected, counts, unknown_enums)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING import_id`,
        [
          report.source,
          report.source_sha256,
          report.read,
          report.rejected,
          JSON.stringify(report.counts),
          JSON.stringify(report.unknown_enums),
        ],
      );
      const id = rows[0]?.import_id ?? null;
      await copyRows(
        client,
        REJECTED_ITEMS,
        rejected.map((item, seq) => [id, seq, ...fieldsOf(item)]),
      );
    });
  }

  watermark(): Promise<Watermark> {
    return this.database.transaction(async (client) => {
      await client.query(IMPORT_LOCK);
      const { rows } = await client.query<Watermark>(
        `SELECT (SELECT coalesce(max(version_id), 0)::bigint FROM trial_versions) AS version_id,
                (SELECT coalesce(max(study_pk), 0)::bigint FROM studies) AS study_pk,
                (SELECT coalesce(max(catalyst_id), 0)::bigint FROM catalysts) AS catalyst_id`,
      );
      const { version_id = '0', study_pk = '0', catalyst_id = '0' } = rows[0] ?? {};
      return { version_id, study_pk, catalyst_id };
    });
  }

  universe(watermark: Watermark, only: readonly string[] | null): AsyncIterable<UniverseCandidate> {
    return readUniverse(this.database, watermark, only);
  }

  histories(nctIds: readonly string[], watermark: Watermark): Promise<TrialHistory[]> {
    return this.database.bulk((client) => readHistories(client, nctIds, watermark));
  }

  async missing(nctIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.database.bulk((client) =>
      client.query<{ nct_id: string }>(
        `SELECT asked.nct_id FROM unnest($1::text[]) WITH ORDINALITY AS asked (nct_id, place)
          WHERE NOT EXISTS (SELECT FROM trials t WHERE t.nct_id = asked.nct_id) ORDER BY place`,
        [nctIds],
      ),
    );
    return rows.map((row) => row.nct_id);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

const REJECTED_ITEMS = {
  table: 'rejected_items',
  columns: [
    'import_id',
    'seq',
    'source',
    'line',
    'nct_id',
    'study_id',
    'pointer',
    'code',
    'message',
  ],
};

/** Rejected text can hold what the database cannot, and that may be why it was rejected. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd');

const fieldsOf = (item: RejectedItem) => [
  storable(item.source),
  item.line,
  item.nct_id === null ? null : storable(item.nct_id),
  item.study_id === null ? null : storable(item.study_id),
  storable(item.pointer),
  item.code,
  storable(item.message),
];

async function importAll(client: ClientBase, batch: ImportBatch): Promise<ImportCounts> {
  await client.query(IMPORT_LOCK);
  const { trialIds, trials } = await ensureTrials(client, batch);
  const versions = await importVersions(client, batch.versions, trialIds);
  const cards = await importCards(client, batch.cards, trialIds);
  const catalysts = await importCatalysts(client, batch.catalysts, trialIds);
  const offered = batch.versions.length + batch.cards.length + batch.catalysts.length;
  const unchanged = offered - versions - cards - catalysts;
  return { trials, versions, cards, catalysts, unchanged };
}

/** Rows for all trials that a batch speaks of, and how many of them are new. */
async function ensureTrials(
  client: ClientBase,
  batch: ImportBatch,
): Promise<{ trialIds: TrialIds; trials: number }> {
  const nctIds = [
    ...new Set([
      ...batch.versions.map((one) => one.version.nct_id),
      ...batch.cards.map((card) => card.nct_id),
      ...batch.catalysts.map((row) => row.nct_id),
    ]),
  ].sort();
  // Not ON CONFLICT: that would spend an id for each trial that is there.
  const { rowCount } = await client.query(
    `INSERT INTO trials (nct_id) SELECT nct_id FROM unnest($1::text[]) AS n (nct_id)
      WHERE NOT EXISTS (SELECT FROM trials t WHERE t.nct_id = n.nct_id)`,
    [nctIds],
  );
  const { rows } = await client.query<{ nct_id: string; trial_id: string }>(
    'SELECT nct_id, trial_id FROM trials WHERE nct_id = ANY($1)',
    [nctIds],
  );
  return {
    trialIds: new Map(rows.map((row) => [row.nct_id, row.trial_id])),
    trials: rowCount ?? 0,
  };
}
