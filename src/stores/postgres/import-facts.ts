import type { ClientBase } from 'pg';
import type { CatalystRow } from '../../domain/features/types';
import { digestOf } from '../../domain/manifest/digest';
import type { StudyCard } from '../../domain/registry/types';
import { type CopyTarget, type Field, copyRows } from './copy';
import { type TrialIds, idOf } from './import-versions';
import { groupBy } from './group';
import { json, timestamp } from './numerics';

const STUDIES: CopyTarget = {
  table: 'studies',
  columns: [
    'study_id',
    'card_sha256',
    'trial_id',
    'program_id',
    'doc_type',
    'published_at',
    'captured_at',
    'archival',
    'card',
    'program_pvals',
    'coverage_level',
    'source_url',
  ],
};
const CATALYSTS: CopyTarget = {
  table: 'catalysts',
  columns: [
    'trial_id',
    'window_start',
    'window_end',
    'certainty',
    'source',
    'published_at',
    'captured_at',
    'content_sha256',
  ],
};

/** Stores the cards that are new by study and content; returns their number. */
export async function importCards(
  client: ClientBase,
  cards: readonly StudyCard[],
  trialIds: TrialIds,
): Promise<number> {
  const key = (studyId: string, digest: string): string => `${digest}${studyId}`;
  const { rows } = await client.query<{ key: string }>(
    'SELECT card_sha256 || study_id AS key FROM studies WHERE study_id = ANY($1)',
    [cards.map((card) => card.study_id)],
  );
  const stored = new Set(rows.map((row) => row.key));
  const added = new Map<string, StudyCard>();
  for (const card of cards) {
    const own = key(card.study_id, card.card_sha256);
    if (!stored.has(own) && !added.has(own)) added.set(own, card);
  }
  if (added.size === 0) return 0;
  return copyRows(client, STUDIES, cardRows(added.values(), trialIds));
}

function* cardRows(cards: Iterable<StudyCard>, trialIds: TrialIds): Iterable<readonly Field[]> {
  for (const card of cards) {
    yield [
      card.study_id,
      card.card_sha256,
      idOf(trialIds, card.nct_id),
      card.program_id,
      card.doc_type,
      timestamp(card.published_at),
      timestamp(card.captured_at),
      card.archival,
      json(card.body),
      json(card.program_pvals),
      card.coverage_level,
      card.source_url,
    ];
  }
}

/**
 * Stores the catalyst windows that say something else than the one captured before them; returns
 * their number.
 */
export async function importCatalysts(
  client: ClientBase,
  catalysts: readonly CatalystRow[],
  trialIds: TrialIds,
): Promise<number> {
  const { rows } = await client.query<{ trial_id: string; at: string; content: string }>(
    `SELECT trial_id, captured_at AS at, content_sha256 AS content FROM catalysts
      WHERE trial_id = ANY($1)`,
    [catalysts.map((row) => idOf(trialIds, row.nct_id))],
  );
  const sequences = groupBy(
    rows.map((row) => ({ ...row, at: Date.parse(row.at) })),
    (row) => row.trial_id,
  );
  const added: Field[][] = [];
  const ordered = [...catalysts].sort(
    (a, b) => Date.parse(a.captured_at) - Date.parse(b.captured_at),
  );
  for (const row of ordered) {
    const trialId = idOf(trialIds, row.nct_id);
    const content = contentOf(row);
    const at = Date.parse(timestamp(row.captured_at) ?? row.captured_at);
    const sequence = sequences.get(trialId) ?? [];
    const sameCapture = sequence.some((one) => one.at === at && one.content === content);
    const before = sequence.filter((one) => one.at <= at).sort((a, b) => a.at - b.at);
    if (sameCapture || before.at(-1)?.content === content) continue;
    sequences.set(trialId, [...sequence, { trial_id: trialId, at, content }]);
    added.push(catalystRow(row, trialId, content));
  }
  return added.length === 0 ? 0 : copyRows(client, CATALYSTS, added);
}

function contentOf(row: CatalystRow): string {
  const { nct_id, window_start, window_end, certainty, source, published_at } = row;
  return digestOf({ nct_id, window_start, window_end, certainty, source, published_at });
}

const catalystRow = (row: CatalystRow, trialId: string, content: string): Field[] => [
  trialId,
  row.window_start,
  row.window_end,
  row.certainty,
  row.source,
  timestamp(row.published_at),
  timestamp(row.captured_at),
  content,
];
