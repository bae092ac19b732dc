import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RunInput } from '../../../src/contracts/run';
import { sha256 } from '../../../src/domain/manifest/digest';
import { contentOfRows, type Query } from './invariants';

/** Tables that a run writes, with what of them is the run's. */
const OF_RUN = ['runs', 'run_shards'] as const;
/** As above; cut by month, so that the month must be named for the others to be left alone. */
const RESULTS = ['signals', 'signal_evidence', 'gates', 'scores'] as const;
/** Small tables that runs share. */
const SHARED = ['publications', 'snapshots', 'publication_pointer'] as const;
/** Restores between two clean-ups of deleted rows. */
const RESTORES_PER_VACUUM = 50;

/** What a run has written so far, by name; equal states go on in equal ways. */
export type RunState = Readonly<Record<string, string>>;

/**
 * State of a run between two of its steps: can be kept and brought back, so that many faults are
 * tried on one step without the steps before it. One state is kept at a time.
 */
export class RunStates {
  /** Bytes of each file that was there. */
  #files = new Map<string, number>();
  #restores = 0;
  #revisions: readonly { readonly mode: string; readonly revision: number }[] = [];

  constructor(
    private readonly query: Query,
    private readonly input: RunInput,
    /** Where the artifacts of the run are. */
    private readonly folder: () => string,
    private readonly restored: () => Promise<void>,
  ) {}

  async keep(): Promise<void> {
    const tables = [...OF_RUN, ...RESULTS, ...SHARED];
    await this.query(tables.map((table) => keepTable(table, this.#whose(table))).join(''));
    const folder = this.folder();
    this.#files = new Map(
      filesBelow(folder).map((file) => [file, statSync(path.join(folder, file)).size]),
    );
    await this.#remember();
  }

  /** Stored bytes of an artifact in the state that is kept; 0 when it was not there. */
  keptBytes(key: string): number {
    return this.#files.get(path.join(...key.split('/'))) ?? 0;
  }

  #whose(table: string): string {
    const { runId, runStartedAt } = this.input.header;
    if ((SHARED as readonly string[]).includes(table)) return '';
    const month = (RESULTS as readonly string[]).includes(table)
      ? ` AND run_started_at = '${runStartedAt}'`
      : '';
    return `WHERE run_id = '${runId}'${month}`;
  }

  async restore(): Promise<void> {
    const tables = [...OF_RUN, ...RESULTS, 'publications', 'snapshots'] as const;
    await this.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       ${tables
         .map(
           (table) =>
             `DELETE FROM ${table} ${this.#whose(table)};
              INSERT INTO ${table} SELECT * FROM kept_${table};`,
         )
         .join('')}
       UPDATE publication_pointer p SET publication_sha256 = k.publication_sha256,
         revision = p.revision + 1 FROM kept_publication_pointer k WHERE k.mode = p.mode;
       COMMIT`,
    );
    for (const file of filesBelow(this.folder())) {
      if (!this.#files.has(file)) rmSync(path.join(this.folder(), file));
    }
    if ((this.#restores += 1) % RESTORES_PER_VACUUM === 0) {
      await this.query(`VACUUM ${tables.join(', ')}`);
    }
    await this.#remember();
    await this.restored();
  }

  /** Revisions only grow, as do those of a real pointer. */
  async #remember(): Promise<void> {
    this.#revisions = await this.query('SELECT mode, revision FROM publication_pointer');
  }

  /** Everything that later steps can see; nothing of when it was written, or at which attempt. */
  async look(): Promise<RunState> {
    const { header } = this.input;
    const rows = await this.query<{ name: string; value: string }>(
      `SELECT 'run' AS name, (to_jsonb(r) - 'finished_at')::text AS value FROM runs r
        WHERE run_id = $1
       UNION ALL SELECT 'ledger ' || stage || '/' || shard_index,
         (to_jsonb(s) - ARRAY['attempt', 'started_at', 'finished_at'])::text
         FROM run_shards s WHERE run_id = $1
       UNION ALL SELECT 'snapshot ' || snapshot_sha256, object_key FROM snapshots
       UNION ALL SELECT 'publication ' || publication_sha256, run_id || object_prefix
         FROM publications
       UNION ALL SELECT 'pointer ' || p.mode,
         coalesce(publication_sha256, '-') || ' after moves: ' || (p.revision - before.revision)
         FROM publication_pointer p
         JOIN jsonb_to_recordset($2) AS before (mode text, revision int) USING (mode)`,
      [header.runId, JSON.stringify(this.#revisions)],
    );
    const state: Record<string, string> = {};
    for (const { name, value } of rows) state[name] = value;
    const content = await contentOfRows(this.query, this.input);
    for (const [table, digest] of Object.entries(content)) state[`rows of ${table}`] = digest;
    for (const file of filesBelow(this.folder())) {
      state[`artifact ${file}`] = sha256(readFileSync(path.join(this.folder(), file)));
    }
    return state;
  }
}

const keepTable = (table: string, whose: string): string =>
  `DROP TABLE IF EXISTS kept_${table};
   CREATE TEMPORARY TABLE kept_${table} AS SELECT * FROM ${table} ${whose};`;

/** Paths of all finished files below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('.'));
}
