import { canonicalJson } from '../domain/manifest/canonical-json';
import type { Mode } from '../domain/vocabulary';
import type { PointerPath, ResultCheck } from '../ports/result-check';
import type { Findings } from './findings';

/**
 * Holds the pointer of a mode, and each of its moves, against the audit log: readers see what the
 * pointer says. The chain of the audit log itself is for `ncfd audit verify`.
 */
export async function checkPointer(
  results: Pick<ResultCheck, 'pointer'>,
  mode: Mode,
  found: Findings,
): Promise<void> {
  const path = await results.pointer(mode);
  const last = path.moves.at(-1);
  const where = `table publication_pointer row ${mode}`;
  found.same(where, 'revision', path.revision, last?.revision ?? 0);
  const { audited } = last ?? { audited: null };
  found.same(where, 'publication_sha256', path.publicationSha256, audited?.[1] ?? null);
  for (const { revision, move, audited: told } of movesKnown(path)) {
    const row = `table publication_moves row (${mode}, ${revision})`;
    found.same(row, 'from and to', canonicalJson(move), canonicalJson(told));
  }
}

/** Moves were not kept from the beginning; none is missing after the first that was. */
function movesKnown({ moves }: PointerPath): PointerPath['moves'] {
  const first = moves.findIndex(({ move }) => move !== null);
  return first < 0 ? [] : moves.slice(first);
}
