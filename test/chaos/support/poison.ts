import type { Lane } from './lane';

/** Something that no ingest of ours would store, and how it gets there. */
export interface Poison {
  readonly name: string;
  /** Statement over the rows of one trial (`$1`: its nct_id). */
  readonly sql: string;
}

const version = (name: string, change: string): Poison => ({
  name,
  sql: `UPDATE trial_versions SET normal_form = ${change}
         WHERE trial_id = (SELECT trial_id FROM trials WHERE nct_id = $1)`,
});

const set = (where: string, json: string): string =>
  `jsonb_set(normal_form, '${where}', ${json}, true)`;

const text = (expression: string): string => `to_jsonb(${expression}::text)`;

/** Words that programs take for something else: markup, formulas, directions, prototypes. */
const HOSTILE_WORDS = [
  `</script><img src=x onerror=alert(1)>`,
  `=HYPERLINK("http://example.invalid")`,
  `a\u202Eb\u200B\uFEFF\u2028c`,
  `__proto__ constructor toString`,
  `"quoted", and; a\ttab\r\nand a line`,
];

/** What a version or a card of a trial may hold after somebody wrote into the tables by hand. */
export const POISONS: readonly Poison[] = [
  version('facts are missing', `normal_form - 'facts'`),
  version('facts are text', set('{facts}', `'"x"'`)),
  version('version is missing', `normal_form - 'version'`),
  version('no list where one must be', set('{facts,primary_outcomes}', `'5'`)),
  version('list where text must be', set('{facts,brief_title}', `'[1, null]'`)),
  version('captured at no time', set('{version,captured_at}', `'"yesterday"'`)),
  version('a title of 5 MB', set('{facts,official_title}', text(`repeat('Phase 3 ', 600000)`))),
  version(
    'nested 2,000 deep',
    set('{facts,brief_title}', `(repeat('[', 2000) || repeat(']', 2000))::jsonb`),
  ),
  version(
    'hostile words',
    set('{facts,brief_title}', text(`'${HOSTILE_WORDS.join(' ').replaceAll("'", "''")}'`)),
  ),
  {
    name: 'card without a body',
    sql: `UPDATE studies SET card = '[]' WHERE trial_id = (SELECT trial_id FROM trials WHERE nct_id = $1)`,
  },
  {
    name: 'p-values that are none',
    sql: `UPDATE studies SET program_pvals = '[{"p": "NaN"}, {"p": -1}, null]'
           WHERE trial_id = (SELECT trial_id FROM trials WHERE nct_id = $1)`,
  },
];

const TABLES = ['trial_versions', 'studies'] as const;

/** Rows of a lane that are written by hand, and mended afterwards. */
export class PoisonedRows {
  private constructor(private readonly lane: Lane) {}

  static async of(lane: Lane): Promise<PoisonedRows> {
    for (const table of TABLES) {
      await lane.query(`DROP TABLE IF EXISTS mended_${table}`);
      await lane.query(`CREATE TEMPORARY TABLE mended_${table} AS SELECT * FROM ${table}`);
    }
    return new PoisonedRows(lane);
  }

  /** @param nth trial in the order of nct_id */
  async poison(sql: string, nth: number): Promise<void> {
    const [row] = await this.lane.query<{ id: string }>(
      'SELECT nct_id AS id FROM trials ORDER BY nct_id OFFSET $1 LIMIT 1',
      [nth],
    );
    await this.#byHand([[sql, [row?.id]]]);
  }

  async mend(): Promise<void> {
    await this.#byHand([
      [
        `UPDATE trial_versions t SET normal_form = m.normal_form
           FROM mended_trial_versions m WHERE m.version_id = t.version_id`,
        [],
      ],
      [
        `UPDATE studies t SET card = m.card, program_pvals = m.program_pvals
           FROM mended_studies m WHERE m.study_pk = t.study_pk`,
        [],
      ],
    ]);
  }

  /** Past every guard of the tables, as only a superuser can. */
  async #byHand(statements: readonly [string, readonly unknown[]][]): Promise<void> {
    const { query } = this.lane;
    await query('BEGIN');
    await query('SET LOCAL session_replication_role = replica');
    try {
      for (const [sql, values] of statements) await query(sql, values);
    } finally {
      await query('COMMIT');
    }
  }
}
