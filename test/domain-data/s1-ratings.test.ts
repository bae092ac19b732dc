import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/domain/json';
import { parseOutcomeText } from '../../src/domain/registry/version-outcome-text';
import { s1 } from '../../src/domain/signals/s1';
import { csvRows } from '../support/csv';
import { s1Parameters } from '../support/s1-parameters';
import { sharedData } from '../support/shared-data';

const UNREADABLE =
  /^(?:|\[See Results Section\.\]|This trial had no .* phase according to our definition!)$/;

interface Rating {
  readonly before: string;
  readonly after: string;
  readonly isMajor: boolean;
  readonly isAny: boolean;
}

function ratings(file: string): readonly Rating[] {
  return csvRows(gunzipSync(readFileSync(file)).toString('utf8'))
    .map((row) => ({
      before: row['outcome_before'] ?? '',
      after: row['outcome_after'] ?? '',
      isMajor: row['major_change'] === '1',
      isAny: row['any_change'] === '1',
    }))
    .filter(({ before, after }) => ![before, after].some((text) => UNREADABLE.test(text.trim())));
}

/** One stage of a rated trial as a version; a literal `\n` is a line break, `||` parts items. */
function version(id: number, text: string): JsonObject {
  const items = text.replaceAll('\\n', '\n').split('||');
  const outcomes = items.map((item) => item.trim()).filter((item) => item !== '');
  return {
    version_id: id,
    captured_at: `2020-0${id}-01`,
    est_primary_completion_date: '2020-03-01',
    primary_outcomes: outcomes.map((item) => ({ ...parseOutcomeText(item) })),
  };
}

const share = (part: number, whole: number): number => part / whole;

describe('S1 against human ratings of registry changes', () => {
  const file = sharedData('outcome_change_ratings.csv.gz');
  const promise = file === null ? it.skip : it;

  promise(
    'flags as many transitions, and as many of the major ones, as the specification says',
    () => {
      const rated = ratings(file ?? '');
      const flagged = rated.filter(({ before, after }) => {
        const versions = [version(1, before), version(2, after)];
        return s1(versions, {}, s1Parameters()).state === 'fired';
      });
      const major = rated.filter(({ isMajor }) => isMajor).length;
      const hits = flagged.filter(({ isMajor }) => isMajor).length;
      process.stdout.write(
        `S1 ratings: ${rated.length} readable, ${major} major, ${flagged.length} flagged, ${hits} of them major, ` +
          `precision ${share(hits, flagged.length).toFixed(3)}, recall ${share(hits, major).toFixed(3)}, ` +
          `any change ${share(flagged.filter(({ isAny }) => isAny).length, flagged.length).toFixed(3)}\n`,
      );
      // The specification accepts 113 ± 3; these are its own numbers, so any move is a change.
      expect({ readable: rated.length, major, flagged: flagged.length, hits }).toEqual({
        readable: 835,
        major: 156,
        flagged: 113,
        hits: 90,
      });
    },
  );
});
