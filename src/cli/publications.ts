import type { ArtifactStore } from '../ports/artifact-store';
import type { PublicationRow } from '../ports/run-store';
import { evidenceLines } from '../service/publications';

/** Calls that are listed on a terminal; the report has them all. */
const LISTED_CALLS = 20;
/** Columns of a listing that is not on a terminal. */
const PLAIN_WIDTH = 110;

/** The ranked calls of a publication, as text for people. */
export async function publicationText(store: ArtifactStore, row: PublicationRow): Promise<string> {
  const { callsIn, rankedCallsText } = await import('../report/text.js');
  return rankedCallsText(await callsIn(evidenceLines(store, row)), {
    mode: row.mode,
    width: process.stdout.columns ?? PLAIN_WIDTH,
    limit: LISTED_CALLS,
    synthetic: row.manifest.synthetic === true,
  });
}
