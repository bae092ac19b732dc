import type { JsonObject } from '../json';
import type { Parameters } from '../parameters/types';
import { err, ok, type Result } from '../result';
import { deriveCard } from './card/derive-card';
import { programKeys } from './program';
import { readFacts } from './record';
import type { RecordProblem } from './record-problem';
import type { RegistryFacts, RegistryImport } from './types';
import { instantOf, versionFromRecord } from './versions';

/**
 * All that one registry record yields at ingest (3.1): facts, version, card and program keys.
 *
 * @param capturedAt instant or date of capture; null takes the record's own data date
 */
export function importRecord(
  record: JsonObject,
  capturedAt: string | null,
  parameters: Parameters,
): Result<RegistryImport, RecordProblem[]> {
  const read = readFacts(record);
  if (!read.ok) return read;
  const { facts, unknownEnums } = read.value;
  const captured = captureTime(facts, capturedAt);
  if (!captured.ok) return err([captured.error]);
  return ok({
    facts,
    version: versionFromRecord(record, facts, captured.value),
    card: deriveCard(record, facts, captured.value, parameters),
    program_keys: programKeys(facts),
    unknown_enums: unknownEnums,
  });
}

const POINTER = '/derivedSection/miscInfoModule/versionHolder';

function captureTime(facts: RegistryFacts, given: string | null): Result<string, RecordProblem> {
  const captured = given ?? facts.data_date;
  if (captured === null) {
    const message = 'No capture time: the record has no data date, and the import names none.';
    return err({ pointer: POINTER, code: 'missing_required', message });
  }
  const instant = instantOf(captured);
  if (instant !== null) return ok(instant);
  const message = `A capture time is an ISO 8601 instant or date, got ${captured.slice(0, 60)}.`;
  return err({ pointer: given === null ? POINTER : '', code: 'bad_format', message });
}
