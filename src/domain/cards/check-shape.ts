import { isJsonObject, type Json, type JsonObject } from '../json';
import { pointerKey } from '../parameters/problems';
import type { CardProblem } from './problem';
import type { Members, Shape } from './schema';

/** Arrays of a record may have at most so many items (12.10). */
const MAX_ITEMS = 100_000;

/** Everything that is wrong with a value, and the keys that the format does not know. */
export interface Findings {
  readonly problems: CardProblem[];
  readonly warnings: string[];
}

/** Checks an object against its members; an unknown key is a warning, not a problem. */
export function checkMembers(
  value: JsonObject,
  members: Members,
  at: string,
  findings: Findings,
): void {
  for (const [key, shape] of Object.entries(members)) {
    const member = Object.hasOwn(value, key) ? value[key] : undefined;
    checkShape(member, shape, `${at}/${pointerKey(key)}`, findings);
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(members, key)) findings.warnings.push(`${at}/${pointerKey(key)}`);
  }
}

function checkShape(value: Json | undefined, shape: Shape, at: string, findings: Findings): void {
  const problem = (code: CardProblem['code'], message: string) =>
    findings.problems.push({ pointer: at, code, message });
  if (value === undefined || value === null) {
    if (shape.kind === 'value' && shape.isRequired) problem('missing_required', 'is required');
    return;
  }
  if (shape.kind === 'object') {
    if (isJsonObject(value)) checkMembers(value, shape.members, at, findings);
    else problem('wrong_type', 'must be an object');
    return;
  }
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) problem('wrong_type', 'must be a list');
    else if (value.length > MAX_ITEMS)
      problem('out_of_range', `must have at most ${MAX_ITEMS} items`);
    else checkItems(value, shape.item, at, findings);
    return;
  }
  const fault = shape.check(value);
  if (fault !== null) problem(fault.code, fault.message);
}

/** In a list null is no item: there is nothing that it could be the absence of. */
function checkItems(items: readonly Json[], item: Shape, at: string, findings: Findings): void {
  items.forEach((value, index) => {
    const pointer = `${at}/${index}`;
    if (value !== null) checkShape(value, item, pointer, findings);
    else findings.problems.push({ pointer, code: 'wrong_type', message: 'must not be null' });
  });
}
