import type pg from 'pg';
import type { RunHeader } from '../../contracts/run';
import type { Json } from '../../domain/json';
import { canonicalJson } from '../../domain/manifest/canonical-json';
import { parseInstant } from '../../domain/time/calendar';
import type { Mode } from '../../domain/vocabulary';
import type {
  PointerMove,
  PointerPath,
  ResultCheck,
  RowDifference,
  RunColumns,
} from '../../ports/result-check';
import type { ShardRows, SnapshotRow } from '../../ports/run-store';
import type { Field } from './copy';
import { type Database, type DatabaseOptions, openDatabase } from './pool';
import type { RowContext } from './result-rows';
import { studyKeys, trialIds } from './run-ledger';
import { type TableRows, tablesOf } from './write-results';

const INSTANTS = new Set(['run_started_at', 'published_at', 'features_frozen_at']);
const DOCUMENTS = new Set(['metadata', 'exact']);
const TABLES = ['signals', 'signal_evidence', 'gates', 'scores'] as const;
const SHOWN_CHARS = 80;

/** Opens a check with connections of its own. Nothing is connected before the first call. */
export async function createResultCheck(
  url: string,
  options: DatabaseOptions = {},
): Promise<ResultCheck> {
  return new PostgresResultCheck(openDatabase(url, options));
}

/** Compares texts in this process: the database is not asked whether two values are equal. */
class PostgresResultCheck implements ResultCheck {
  constructor(private readonly database: Database) {}

  differences(
    header: RunHeader,
    snapshotSha256: string | null,
    rows: ShardRows,
  ): Promise<readonly RowDifference[]> {
    if (rows.stage === 'freeze' || rows.lines.length === 0) return Promise.resolve([]);
    const { lines } = rows;
    return this.database.bulk(async (client) => {
      const trials = await trialIds(client, lines);
      const studies = rows.stage === 'signals' ? await studyKeys(client, rows.lines) : new Map();
      const names = new Map([...trials].map(([nctId, id]) => [id, nctId]));
      const lost = lines.filter(({ nct_id }) => !trials.has(nct_id));
      const context = contextOf(header, snapshotSha256, trials, studies);
      const found = lost.map(({ nct_id }) => different('trials', nct_id, '', 'is not stored'));
      for (const table of tablesOf(withTrials(rows, trials), context)) {
        found.push(...(await compareTable(client, header, table, names)));
      }
      return found;
    });
  }

  counts({ runId, runStartedAt }: RunHeader): Promise<Record<string, number>> {
    return this.database.bulk(async (client) => {
      const counts: Record<string, number> = {};
      for (const table of TABLES) {
        const { rows } = await client.query<{ n: string }>(
          `SELECT count(*) AS n FROM ${table} WHERE run_started_at = $1 AND run_id = $2`,
          [runStartedAt, runId],
        );
        counts[table] = Number(rows[0]?.n);
      }
      return counts;
    });
  }

  runColumns(runId: string): Promise<RunColumns | null> {
    return this.database.bulk(async (client) => {
      const { rows } = await client.query<RunColumns>(
        `SELECT kind, mode, ${utc('as_of')} AS as_of, ${utc('run_started_at')} AS run_started_at,
           parameter_set_sha256, code_version FROM runs WHERE run_id = $1`,
        [runId],
      );
      return rows[0] ?? null;
    });
  }

  pointer(mode: Mode): Promise<PointerPath> {
    return this.database.bulk(async (client) => {
      const { rows: at } = await client.query<Omit<PointerPath, 'moves'>>(
        `SELECT revision, publication_sha256 AS "publicationSha256" FROM publication_pointer
          WHERE mode = $1`,
        [mode],
      );
      const { rows: moves } = await client.query<PointerMove>(
        `SELECT revision,
           CASE WHEN m.mode IS NOT NULL THEN ARRAY[m.from_sha256, m.to_sha256] END AS move,
           CASE WHEN a.seq IS NOT NULL THEN ARRAY[a.before_sha256, a.after_sha256] END AS audited
         FROM (SELECT * FROM publication_moves WHERE mode = $1) m
         FULL JOIN (SELECT seq, before_sha256, after_sha256, (detail->>'revision')::int AS revision
           FROM audit_log WHERE action IN ('publish', 'rollback') AND detail->>'mode' = $1) a
           USING (revision)
         ORDER BY revision`,
        [mode],
      );
      const { revision = 0, publicationSha256 = null } = at[0] ?? {};
      return { revision, publicationSha256, moves };
    });
  }

  published(runId: string): Promise<readonly [string | null, string | null] | null> {
    return this.database.bulk(async (client) => {
      const { rows } = await client.query<{ told: [string | null, string | null] }>(
        `SELECT ARRAY[before_sha256, after_sha256] AS told FROM audit_log
          WHERE action = 'publish' AND subject = $1`,
        [runId],
      );
      return rows[0]?.told ?? null;
    });
  }

  snapshot(snapshotSha256: string): Promise<SnapshotRow | null> {
    return this.database.bulk(async (client) => {
      const { rows } = await client.query<SnapshotRow>(
        `SELECT snapshot_sha256 AS "snapshotSha256", mode, ${utc('as_of')} AS "asOf", trials,
           manifest, object_key AS "objectKey" FROM snapshots WHERE snapshot_sha256 = $1`,
        [snapshotSha256],
      );
      return rows[0] ?? null;
    });
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

const utc = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

function contextOf(
  { runId, runStartedAt, identity }: RunHeader,
  snapshot: string | null,
  trials: ReadonlyMap<string, string>,
  studies: ReadonlyMap<string, string>,
): RowContext {
  const { parameter_set_sha256: parameter_set, code_version, mode } = identity;
  return {
    runId,
    runStartedAt,
    origin: { parameter_set, snapshot, code_version, mode },
    trialId: (nctId) => trials.get(nctId) ?? '',
    studyPk: (studyId, cardSha256) => studies.get(`${cardSha256}${studyId}`) ?? null,
  };
}

function withTrials(rows: ShardRows, trials: ReadonlyMap<string, string>): ShardRows {
  if (rows.stage === 'freeze') return rows;
  const kept = rows.lines.filter(({ nct_id }) => trials.has(nct_id));
  return { ...rows, lines: kept } as ShardRows;
}

async function compareTable(
  client: pg.PoolClient,
  { runId, runStartedAt }: RunHeader,
  { target, key, rows }: TableRows,
  names: ReadonlyMap<string, string>,
): Promise<RowDifference[]> {
  const { table, columns } = target;
  const keyOf = (row: Readonly<Record<string, string | null>>): string =>
    key
      .slice(2)
      .map((name) => row[name])
      .join('/');
  const wanted = new Map(
    [...rows()].map((fields) => {
      const row = expectedRow(columns, fields);
      return [keyOf(row), row];
    }),
  );
  const stored = await client.query<Record<string, string | null>>(
    `SELECT ${columns.map(selected).join(', ')} FROM ${table} AS t
      WHERE run_started_at = $1 AND run_id = $2 AND trial_id = ANY($3)`,
    [runStartedAt, runId, [...names.keys()]],
  );
  const found: RowDifference[] = [];
  const tell = (id: string, message: string): void => {
    const [trial = '', ...rest] = id.split('/');
    found.push(different(table, names.get(trial) ?? '?', rest.join('/'), message));
  };
  for (const row of stored.rows) {
    const id = keyOf(row);
    const expected = wanted.get(id);
    wanted.delete(id);
    if (expected === undefined) tell(id, 'is there and should not be');
    else {
      for (const name of columns) {
        const value = normal(name, row[name] ?? null);
        if (value !== expected[name]) {
          tell(id, `column ${name} is ${shown(value)}, expected ${shown(expected[name] ?? null)}`);
        }
      }
    }
  }
  for (const id of wanted.keys()) tell(id, 'is missing');
  return found;
}

const selected = (column: string): string =>
  INSTANTS.has(column) ? `${utc(`t.${column}`)} AS ${column}` : `t.${column}::text`;

function expectedRow(
  columns: readonly string[],
  fields: readonly Field[],
): Record<string, string | null> {
  return Object.fromEntries(
    columns.map((name, i) => {
      const field = fields[i] ?? null;
      return [name, field === null ? null : normal(name, String(field))];
    }),
  );
}

/** One text for equal values: instants to the microsecond, JSON canonical, zero without sign. */
function normal(column: string, text: string | null): string | null {
  if (text === null) return null;
  if (INSTANTS.has(column)) return instantOf(text);
  if (DOCUMENTS.has(column)) return canonicalJson(JSON.parse(text) as Json);
  return /^-0\.0+$/.test(text) ? text.slice(1) : text;
}

const MICROSECONDS = /\.(\d{6})Z$/;

function instantOf(text: string): string {
  const ms = parseInstant(text);
  if (ms === null) return text;
  const micros = MICROSECONDS.exec(text)?.[1] ?? '';
  return `${ms}.${micros.slice(3) || '000'}`;
}

const different = (table: string, nctId: string, key: string, message: string): RowDifference => ({
  table,
  nctId,
  key,
  message,
});

const shown = (text: string | null): string =>
  text === null ? 'NULL' : text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
