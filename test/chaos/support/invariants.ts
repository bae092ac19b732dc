import type { RunInput } from '../../../src/contracts/run';
import { sha256, type Sha256 } from '../../../src/domain/manifest/digest';
import type { ArtifactStore } from '../../../src/ports/artifact-store';
import { createAuditLog } from '../../../src/stores/postgres/audit-log';

/** Rows of a statement, as superuser. */
export type Query = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Bytes of a publication by object name, `manifest.json` included. */
export interface PublishedBytes {
  readonly publicationSha256: Sha256;
  readonly objects: Readonly<Record<string, Sha256>>;
}

/** What an undisturbed run leaves behind; no part of it depends on the run key. */
export interface Reference {
  readonly published: PublishedBytes;
  /** `rows output` by `stage/shard`. */
  readonly ledger: Readonly<Record<string, string>>;
  /** Number of rows by `table/shard`. */
  readonly rows: Readonly<Record<string, number>>;
  /** Digest over the content of all result rows, by table. */
  readonly content: Readonly<Record<string, string>>;
}

/** Where the witness looks. */
export interface Scene {
  readonly query: Query;
  readonly artifacts: ArtifactStore;
  readonly input: RunInput;
  /** The publication that was current before the run, with the store that holds it. */
  readonly old: { readonly sha256: Sha256; readonly artifacts: ArtifactStore } | null;
  /** Highest id of the audit log before the run. */
  readonly auditedBefore: string;
}

interface ManifestObject {
  readonly name: string;
  readonly sha256: Sha256;
}

/** Reads all of a publication, as a reader would; fails where a digest is not the named one. */
export async function readPublication(
  artifacts: ArtifactStore,
  publicationSha256: Sha256,
): Promise<PublishedBytes> {
  const prefix = `publications/${publicationSha256}/`;
  const manifest = await artifacts.read({
    key: `${prefix}manifest.json`,
    sha256: publicationSha256,
  });
  const { objects } = JSON.parse(manifest.toString('utf8')) as { objects: ManifestObject[] };
  const found: Record<string, Sha256> = { 'manifest.json': publicationSha256 };
  for (const { name, sha256: digest } of objects) {
    // The store checks as well; here it must not be the only one who does.
    const bytes = await artifacts.read({ key: prefix + name, sha256: digest });
    if (sha256(bytes) !== digest) throw new Error(`object ${name} has other bytes than named`);
    found[name] = digest;
  }
  return { publicationSha256, objects: found };
}

/** Published bytes equal those of an undisturbed run: manifest and all objects. */
export async function publishedBytesAreTheSame(
  { query, artifacts, input }: Scene,
  { published }: Reference,
): Promise<string[]> {
  const rows = await query<{ publication_sha256: Sha256 | null; status: string }>(
    'SELECT publication_sha256, status FROM runs WHERE run_id = $1',
    [input.header.runId],
  );
  const sha = rows[0]?.publication_sha256 ?? null;
  if (sha === null) return [`published bytes: the run is ${rows[0]?.status ?? 'not stored'}`];
  if (sha !== published.publicationSha256) return [`published bytes: publication is ${sha}`];
  try {
    return same(
      'published bytes',
      (await readPublication(artifacts, sha)).objects,
      published.objects,
    );
  } catch (error) {
    return [`published bytes: ${String(error)}`];
  }
}

/** One row of the publication for its run key, one manifest in the store, and the pointer on it. */
export async function onePublication(
  { query, artifacts, input, old }: Scene,
  { published }: Reference,
): Promise<string[]> {
  const [found] = await query<{ named: string; current: Sha256 | null }>(
    `SELECT (SELECT count(*) FROM publications p JOIN runs r USING (run_id)
              WHERE r.idempotency_key = $1) AS named,
            (SELECT publication_sha256 FROM publication_pointer WHERE mode = $2) AS current`,
    [input.header.runKey, input.header.identity.mode],
  );
  const problems: string[] = [];
  if (Number(found?.named) !== 1) problems.push(`one publication: ${found?.named} rows`);
  if (found?.current !== published.publicationSha256)
    problems.push(`one publication: the pointer is on ${found?.current}`);
  const manifests: string[] = [];
  for await (const key of artifacts.list('publications/')) {
    if (key.endsWith('/manifest.json') && !(old !== null && key.includes(old.sha256)))
      manifests.push(key);
  }
  if (manifests.length !== 1) problems.push(`one publication: ${manifests.length} manifests`);
  return problems;
}

/** A reader sees the old publication or the whole new one, at any moment. */
export async function readerSeesOldOrNew(scene: Scene, reference: Reference): Promise<string[]> {
  const { query, input, old } = scene;
  const [pointer] = await query<{ sha: Sha256 | null }>(
    'SELECT publication_sha256 AS sha FROM publication_pointer WHERE mode = $1',
    [input.header.identity.mode],
  );
  const sha = pointer?.sha ?? null;
  if (sha === (old?.sha256 ?? null)) return [];
  if (sha !== reference.published.publicationSha256) return [`reader: pointer is on ${sha}`];
  try {
    const { objects } = await readPublication(scene.artifacts, sha);
    return same('reader', objects, reference.published.objects);
  } catch (error) {
    return [`reader: the current publication is not whole: ${String(error)}`];
  }
}

const TABLES = ['signals', 'signal_evidence', 'gates', 'scores'] as const;
const STAGE_OF = {
  signals: 'signals',
  signal_evidence: 'signals',
  gates: 'gates',
  scores: 'score',
};

/** Counts of the ledger and of the result rows of a run, by shard. */
export async function ledgerAndRows(
  query: Query,
  { header, sizing }: RunInput,
): Promise<Pick<Reference, 'ledger' | 'rows'>> {
  const ledger: Record<string, string> = {};
  const rows: Record<string, number> = {};
  const found = await query<{ name: string; n: string }>(
    `WITH planned AS (SELECT trial_id, ((row_number() OVER (ORDER BY nct_id)) - 1) / $3 AS shard
                        FROM trials)
     SELECT 'ledger ' || stage || '/' || shard_index AS name, rows || ' ' || output_sha256 AS n
       FROM run_shards WHERE run_id = $1 AND status = 'succeeded'
     ${TABLES.map(
       (table) => `UNION ALL SELECT '${table}/' || shard, count(*)::text
         FROM ${table} JOIN planned USING (trial_id)
        WHERE run_id = $1 AND run_started_at = $2 GROUP BY shard`,
     ).join(' ')}`,
    [header.runId, header.runStartedAt, sizing.shardSize],
  );
  for (const { name, n } of found) {
    if (name.startsWith('ledger ')) ledger[name.slice('ledger '.length)] = n;
    else rows[name] = Number(n);
  }
  return { ledger, rows };
}

/** Every shard has none or all of its rows, all exactly when the ledger says that it is whole. */
export async function shardsAreWholeOrEmpty(
  { query, input }: Scene,
  reference: Reference,
): Promise<string[]> {
  const found = await ledgerAndRows(query, input);
  const problems: string[] = [];
  for (const [key, entry] of Object.entries(found.ledger)) {
    if (entry !== reference.ledger[key]) problems.push(`ledger ${key}: ${entry}`);
  }
  for (const [key, all] of Object.entries(reference.rows)) {
    const [table, shard] = key.split('/') as [keyof typeof STAGE_OF, string];
    const whole = found.ledger[`${STAGE_OF[table]}/${shard}`] !== undefined;
    const n = found.rows[key] ?? 0;
    if (n !== (whole ? all : 0))
      problems.push(`rows ${key}: ${n} of ${all}, ledger entry ${whole ? 'there' : 'missing'}`);
  }
  return problems;
}

/** As above for a run that has ended: every shard is whole. */
export async function everyShardIsWhole(
  { query, input }: Scene,
  reference: Reference,
): Promise<string[]> {
  const { ledger, rows } = await ledgerAndRows(query, input);
  return [...same('ledger', ledger, reference.ledger), ...same('rows', rows, reference.rows)];
}

/** Columns that tell when and under which id a row was written; all others must be equal. */
const INCIDENTAL = ['signal_id', 'gate_id', 'score_id', 'fired_at', 'evaluated_at', 'scored_at'];

/** Digest of each result table's content of a run, without what differs between writings. */
export async function contentOfRows(
  query: Query,
  { header }: RunInput,
): Promise<Record<string, string>> {
  let columns = columnsOf.get(query);
  if (columns === undefined) columnsOf.set(query, (columns = contentColumns(query)));
  const rows = await query<{ name: string; digest: string }>(
    (await columns)
      .map(
        ([table, names]) =>
          `SELECT '${table}' AS name, coalesce(md5(string_agg(line, E'\\n' ORDER BY line)), '')
        AS digest FROM (SELECT ROW(${names})::text AS line FROM ${table}
        WHERE run_id = $1 AND run_started_at = $2) lines`,
      )
      .join(' UNION ALL '),
    [header.runId, header.runStartedAt],
  );
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

/** Asked for once a database; rows written as text are digested in half the time of objects. */
const columnsOf = new WeakMap<Query, Promise<readonly [string, string][]>>();

async function contentColumns(query: Query): Promise<[string, string][]> {
  const found = await query<{ name: string; names: string }>(
    `SELECT c.relname AS name, string_agg(a.attname, ', ' ORDER BY a.attnum) AS names
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.oid = ANY($1::regclass[]) AND attnum > 0 AND NOT attisdropped
        AND attname <> ALL($2) GROUP BY c.relname`,
    [TABLES, [...INCIDENTAL, 'run_id', 'run_started_at']],
  );
  return found.map(({ name, names }) => [name, names]);
}

export async function rowContentIsTheSame(
  { query, input }: Scene,
  { content }: Reference,
): Promise<string[]> {
  return same('row content', await contentOfRows(query, input), content);
}

/** No shard was claimed more often than it was interrupted: `extra` claims in all. */
export async function redoIsBounded({ query, input }: Scene, extra: number): Promise<string[]> {
  const [found] = await query<{ extra: string; most: string | null }>(
    `SELECT coalesce(sum(attempt - 1), 0) AS extra, max(stage || '/' || shard_index || ' ' || attempt)
       FILTER (WHERE attempt > 1) AS most FROM run_shards WHERE run_id = $1`,
    [input.header.runId],
  );
  if (Number(found?.extra) <= extra) return [];
  return [
    `redo: ${found?.extra} claims beyond the first, at most ${extra} expected (${found?.most})`,
  ];
}

/** The run's publication is told by exactly one audit record; no change is told twice. */
export async function auditedOnce({ query, input, auditedBefore }: Scene): Promise<string[]> {
  const rows = await query<{ action: string; n: string; after: string | null }>(
    `SELECT action, count(*) AS n, after_sha256 AS after FROM audit_log
      WHERE subject = $1 AND audit_id > $2
      GROUP BY action, before_sha256, after_sha256, detail`,
    [input.header.runId, auditedBefore],
  );
  const published = rows.filter(({ action }) => action === 'publish');
  const twice = rows.filter(({ n }) => Number(n) > 1);
  return [
    ...(published.length === 1 ? [] : [`audit: ${published.length} records of the publication`]),
    ...twice.map(({ action, n }) => `audit: ${action} is told ${n} times`),
  ];
}

/** The chain of the whole audit log holds, as an auditor would recompute it. */
export async function auditChainHolds(databaseUrl: string): Promise<string[]> {
  const log = await createAuditLog(databaseUrl);
  try {
    const verdict = await log.verify();
    return verdict.broken === null ? [] : [`audit chain: ${JSON.stringify(verdict)}`];
  } finally {
    await log.close();
  }
}

/** All that must hold of a run that has ended; empty when it does. */
export async function violations(
  scene: Scene,
  reference: Reference,
  limits: { readonly extraClaims: number },
): Promise<string[]> {
  return [
    ...(await publishedBytesAreTheSame(scene, reference)),
    ...(await onePublication(scene, reference)),
    ...(await readerSeesOldOrNew(scene, reference)),
    ...(await everyShardIsWhole(scene, reference)),
    ...(await rowContentIsTheSame(scene, reference)),
    ...(await redoIsBounded(scene, limits.extraClaims)),
    ...(await auditedOnce(scene)),
  ];
}

/** Differences of two flat records, named by their keys. */
function same(
  what: string,
  found: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): string[] {
  const keys = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...keys]
    .filter((key) => found[key] !== expected[key])
    .map((key) => `${what} ${key}: ${String(found[key])}, expected ${String(expected[key])}`);
}
