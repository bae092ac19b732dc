import type { ClientBase } from 'pg';
import type { CatalystRow, StoredVersion, TrialHistory } from '../../domain/features/types';
import type { JsonObject } from '../../domain/json';
import { collapseVersions } from '../../domain/registry/versions';
import type { StudyCard, SuperiorityPValue } from '../../domain/registry/types';
import type { Watermark } from '../../ports/trial-store';
import { groupBy, groupValues } from './group';

const trialOf = (row: { readonly trial_id: string }): string => row.trial_id;

/** Another trial of the same program, and when that was first known. */
interface ProgramLink {
  readonly trial_id: string;
  readonly other_id: string;
  readonly other_nct_id: string;
  readonly known_at: string;
}

/**
 * All that is stored of some trials below a watermark: five statements whatever their number. A
 * card that several of them read is one object.
 */
export async function readHistories(
  client: ClientBase,
  nctIds: readonly string[],
  watermark: Watermark,
): Promise<TrialHistory[]> {
  const { rows: trials } = await client.query<{ trial_id: string; nct_id: string }>(
    'SELECT trial_id, nct_id FROM trials WHERE nct_id = ANY($1)',
    [nctIds],
  );
  const ids = trials.map((row) => row.trial_id);
  const versions = await readVersions(client, ids, watermark);
  const links = groupBy(await readLinks(client, ids, watermark), (link) => link.trial_id);
  const others = [...links.values()].flat().map((link) => link.other_id);
  const cards = await readCards(client, [...new Set([...ids, ...others])], watermark);
  const catalysts = await readCatalysts(client, ids, watermark);
  const byNctId = new Map(trials.map((row) => [row.nct_id, row.trial_id]));
  return nctIds.flatMap((nctId) => {
    const id = byNctId.get(nctId);
    if (id === undefined) return [];
    const program = (links.get(id) ?? []).filter((link) => cards.has(link.other_id));
    return [
      {
        nct_id: nctId,
        versions: collapseVersions(versions.get(id) ?? []),
        own_cards: cards.get(id) ?? [],
        program_cards: program.flatMap((link) => cards.get(link.other_id) ?? []),
        program_known_at: Object.fromEntries(
          program.map((link) => [link.other_nct_id, link.known_at]),
        ),
        catalysts: catalysts.get(id) ?? [],
      },
    ];
  });
}

async function readVersions(
  client: ClientBase,
  ids: readonly string[],
  watermark: Watermark,
): Promise<Map<string, StoredVersion[]>> {
  const { rows } = await client.query<{ trial_id: string; normal_form: StoredVersion }>(
    'SELECT trial_id, normal_form FROM trial_versions WHERE trial_id = ANY($1) AND version_id <= $2',
    [ids, watermark.version_id],
  );
  return groupValues(rows, trialOf, (row) => row.normal_form);
}

/**
 * Trials of the same program (3.1.5): they share a key of sponsor and intervention, unless either
 * has a curated program_id, which wins: then they must share that.
 */
async function readLinks(
  client: ClientBase,
  ids: readonly string[],
  watermark: Watermark,
): Promise<ProgramLink[]> {
  const { rows } = await client.query<ProgramLink>(
    `WITH curated AS MATERIALIZED (
       SELECT trial_id, program_id, min(greatest(published_at, captured_at)) AS known_at
         FROM studies WHERE program_id IS NOT NULL AND study_pk <= $3
        GROUP BY trial_id, program_id),
     links AS (
       SELECT own.trial_id, other.trial_id AS other_id,
              min(greatest(own.known_at, other.known_at)) AS known_at
         FROM program_keys own JOIN program_keys other USING (key)
        WHERE own.trial_id = ANY($1) AND other.trial_id <> own.trial_id
          AND own.version_id <= $2 AND other.version_id <= $2
          AND own.trial_id NOT IN (SELECT trial_id FROM curated)
          AND other.trial_id NOT IN (SELECT trial_id FROM curated)
        GROUP BY 1, 2
       UNION ALL
       SELECT own.trial_id, other.trial_id, min(greatest(own.known_at, other.known_at))
         FROM curated own JOIN curated other USING (program_id)
        WHERE own.trial_id = ANY($1) AND other.trial_id <> own.trial_id
        GROUP BY 1, 2)
     SELECT links.*, t.nct_id AS other_nct_id
       FROM links JOIN trials t ON t.trial_id = links.other_id
      ORDER BY links.trial_id, t.nct_id`,
    [ids, watermark.version_id, watermark.study_pk],
  );
  return rows;
}

interface StoredCard extends Omit<StudyCard, 'body' | 'program_pvals'> {
  readonly trial_id: string;
  readonly card: JsonObject;
  readonly program_pvals: readonly SuperiorityPValue[];
}

async function readCards(
  client: ClientBase,
  ids: readonly string[],
  watermark: Watermark,
): Promise<Map<string, StudyCard[]>> {
  const { rows } = await client.query<StoredCard>(
    `SELECT s.trial_id, s.study_id, t.nct_id, s.program_id, s.doc_type, s.published_at,
            s.captured_at, s.archival, s.source_url, s.coverage_level, s.card_sha256, s.card,
            s.program_pvals
       FROM studies s JOIN trials t USING (trial_id)
      WHERE s.trial_id = ANY($1) AND s.study_pk <= $2 ORDER BY s.study_pk`,
    [ids, watermark.study_pk],
  );
  return groupValues(rows, trialOf, (row) => ({
    study_id: row.study_id,
    nct_id: row.nct_id,
    program_id: row.program_id,
    doc_type: row.doc_type,
    published_at: row.published_at,
    captured_at: row.captured_at,
    archival: row.archival,
    source_url: row.source_url,
    coverage_level: row.coverage_level,
    card_sha256: row.card_sha256,
    body: row.card,
    program_pvals: row.program_pvals,
  }));
}

async function readCatalysts(
  client: ClientBase,
  ids: readonly string[],
  watermark: Watermark,
): Promise<Map<string, CatalystRow[]>> {
  const { rows } = await client.query<CatalystRow & { trial_id: string }>(
    `SELECT c.trial_id, t.nct_id, c.window_start, c.window_end, c.certainty, c.source,
            c.published_at, c.captured_at
       FROM catalysts c JOIN trials t USING (trial_id)
      WHERE c.trial_id = ANY($1) AND c.catalyst_id <= $2 ORDER BY c.catalyst_id`,
    [ids, watermark.catalyst_id],
  );
  return groupValues(rows, trialOf, (row) => ({
    nct_id: row.nct_id,
    window_start: row.window_start,
    window_end: row.window_end,
    certainty: row.certainty,
    source: row.source,
    published_at: row.published_at,
    captured_at: row.captured_at,
  }));
}
