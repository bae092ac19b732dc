import type { ClientBase } from 'pg';
import type { CatalystRow, StoredVersion } from '../../domain/features/types';
import type { UniverseCandidate } from '../../domain/features/universe';
import { collapseVersions } from '../../domain/registry/versions';
import type { Watermark } from '../../ports/trial-store';
import type { Database } from './pool';

/** Trials per page: a page of records with long histories stays below some 10 MB. */
const PAGE_TRIALS = 1_000;

type OwnCard = UniverseCandidate['own_cards'][number];

interface CandidateRow {
  readonly nct_id: string;
  readonly versions: readonly StoredVersion[] | null;
  readonly own_cards: readonly OwnCard[] | null;
  readonly catalysts: readonly CatalystRow[] | null;
}

/**
 * Every trial of which something is stored below the watermark, by nct_id ascending, page by
 * page: each page begins after the last id of the one before, so 10 million trials need no more
 * memory than a thousand, and no connection is held while the caller works.
 */
export async function* readUniverse(
  database: Database,
  watermark: Watermark,
  only: readonly string[] | null,
): AsyncGenerator<UniverseCandidate> {
  for (let after = ''; ;) {
    const page = await database.bulk((client) => readPage(client, watermark, only, after));
    for (const row of page) yield candidate(row);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_TRIALS) return;
    after = last.nct_id;
  }
}

function candidate(row: CandidateRow): UniverseCandidate {
  return {
    nct_id: row.nct_id,
    versions: collapseVersions(row.versions ?? []),
    own_cards: row.own_cards ?? [],
    catalysts: row.catalysts ?? [],
  };
}

/**
 * Versions come without their outcomes, which the rule does not read. A card has results when one
 * of the fields that only a readout can fill is there (8.3), or when it is derived from posted
 * results (3.1.7), of which sometimes none can be read.
 */
async function readPage(
  client: ClientBase,
  watermark: Watermark,
  only: readonly string[] | null,
  after: string,
): Promise<CandidateRow[]> {
  const { rows } = await client.query<CandidateRow>(
    `SELECT t.nct_id, v.versions, s.own_cards, c.catalysts
       FROM (SELECT trial_id, nct_id FROM trials t
              WHERE nct_id > $4 AND ($5::text[] IS NULL OR nct_id = ANY($5))
                AND (EXISTS (SELECT FROM trial_versions v
                              WHERE v.trial_id = t.trial_id AND v.version_id <= $1)
                  OR EXISTS (SELECT FROM studies s
                              WHERE s.trial_id = t.trial_id AND s.study_pk <= $2))
              ORDER BY nct_id LIMIT $6) t
       LEFT JOIN LATERAL (
         SELECT jsonb_agg(jsonb_set(jsonb_set(normal_form, '{facts,primary_outcomes}', '[]'),
                  '{version,primary_outcomes}', 'null')) AS versions
           FROM trial_versions v WHERE v.trial_id = t.trial_id AND v.version_id <= $1) v ON true
       LEFT JOIN LATERAL (
         SELECT jsonb_agg(jsonb_build_object('published_at', published_at,
                  'captured_at', captured_at, 'archival', archival,
                  'has_results', study_id = t.nct_id || '/registry' OR coalesce(
                    nullif(card -> 'primary_result', 'null'), nullif(card -> 'subgroups', 'null'),
                    nullif(card -> 'narrative_highlights_subgroup', 'null'),
                    nullif(card -> 'pfs', 'null'), nullif(card -> 'os', 'null')) IS NOT NULL)
                  ORDER BY study_pk)
                AS own_cards
           FROM studies s WHERE s.trial_id = t.trial_id AND s.study_pk <= $2) s ON true
       LEFT JOIN LATERAL (
         SELECT jsonb_agg(jsonb_build_object('nct_id', t.nct_id, 'window_start', window_start,
                  'window_end', window_end, 'certainty', certainty, 'source', source,
                  'published_at', published_at, 'captured_at', captured_at)
                  ORDER BY catalyst_id) AS catalysts
           FROM catalysts c WHERE c.trial_id = t.trial_id AND c.catalyst_id <= $3) c ON true
      ORDER BY t.nct_id`,
    [watermark.version_id, watermark.study_pk, watermark.catalyst_id, after, only, PAGE_TRIALS],
  );
  return rows;
}
