import type { Json, JsonObject } from '../json';
import { parseInstant } from '../time/calendar';
import { aNumber, aText, readField, valueOrNull } from './fields';
import type { CardProblem } from './problem';

/** Fields that are valid each by itself but cannot be true together (3.2). */
export function contradictionsIn(body: JsonObject): readonly CardProblem[] {
  return [...sidesDisagree(body), ...datesDisagree(body), ...ratiosDisagree(body)];
}

const contradictory = (pointer: string, message: string): CardProblem => ({
  pointer,
  code: 'contradictory',
  message,
});

function sidesDisagree(body: JsonObject): readonly CardProblem[] {
  const side = (name: string) =>
    valueOrNull(readField<Json>(body, `/analysis_plan/${name}`, (value) => value));
  const [one, two] = [side('one_sided'), side('two_sided')];
  if (typeof one !== 'boolean' || one !== two) return [];
  const both = one ? 'both be true' : 'both be false';
  return [contradictory('/analysis_plan/two_sided', `one_sided and two_sided must not ${both}`)];
}

function datesDisagree(body: JsonObject): readonly CardProblem[] {
  const [published, captured] = [parseInstant(body.published_at), parseInstant(body.captured_at)];
  if (published === null || captured === null || published <= captured) return [];
  return [contradictory('/published_at', 'must not be later than captured_at')];
}

/** Estimates of a ratio lie above 0; which metric it is stands in another field. */
function ratiosDisagree(body: JsonObject): readonly CardProblem[] {
  const metric = valueOrNull(readField(body, '/primary_result/metric', aText));
  if (metric === null || !['HR', 'OR', 'RR'].includes(metric)) return [];
  return ['ITT', 'PP'].flatMap((population): CardProblem[] => {
    const pointer = `/primary_result/${population}/estimate`;
    const estimate = valueOrNull(readField(body, pointer, aNumber));
    if (estimate === null || estimate > 0) return [];
    return [{ pointer, code: 'out_of_range', message: `must be above 0 for ${metric}` }];
  });
}
