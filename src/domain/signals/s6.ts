import {
  aBoolean,
  anInteger,
  isMissing,
  problemWith,
  readField,
  valueOrNull,
  type Field,
} from '../cards/fields';
import type { FrozenCard } from '../features/types';
import type { JsonObject } from '../json';
import { cardEvidence } from './card-evidence';
import type { CardSignal } from './card-signal';
import { clear, fired, unknown, type Finding } from './result';
import type { SignalResult } from './types';

const MAX_LOOKS = 20;
const MAX_PEEKS = 50;
const UNKNOWN_PLAN = 'unknown';

/** Words with which a source says that it has no plan for spending alpha (5.6). */
const NO_PLAN: ReadonlySet<string> = new Set([
  ...['', 'none', 'no', 'nil', 'null', 'false', '0', '-', 'n/a', 'na'],
  ...['not applicable', 'not specified', 'unspecified', 'tbd'],
]);

type Plan = 'planned' | 'none' | 'unknown' | 'invalid';

interface Looks {
  readonly looks: Field<number>;
  readonly peeks: Field<number>;
  readonly spending: Field<string | boolean>;
  readonly plan: Plan;
  readonly reallocated: Field<boolean>;
}

/**
 * S6: were there interim looks that could stop for efficacy without control of alpha?
 *
 * @param card reads planned_interims, alpha_spending, reallocated_alpha and actual_peeks (3.2)
 * @returns fired H for `s6.looks_min` or more planned looks without a spending plan, M for more
 *   peeks than planned looks; value is always null
 * @see domain specification 5.6; Pocock 1977; O'Brien and Fleming 1979; Lan and DeMets 1983
 */
export const s6: CardSignal = (card, { parameters }) => {
  const found = readLooks(card.body);
  const { looks, plan } = found;
  if (looks.kind === 'absent') return withoutLooks(card, found);
  if (looks.kind !== 'known') {
    const reason = 'The number of planned interim looks is not known.';
    return unknown('S6', [problemWith(looks)], { rule: 'looks', reason });
  }
  if (looks.value >= parameters.value['s6.looks_min']) {
    if (plan === 'unknown' || plan === 'invalid') {
      const problem = plan === 'unknown' ? 'missing' : 'invalid';
      const reason = 'Whether the planned interim looks spend alpha by a plan is not known.';
      return unknown('S6', [{ pointer: found.spending.pointer, problem }], {
        rule: 'plan',
        reason,
      });
    }
    if (plan === 'none') {
      const reason = `${looks.value} interim looks were planned without a plan for spending alpha.`;
      return fired('S6', 'H', null, finding(card, found, 'no_spending', reason));
    }
  }
  return comparePeeks(card, found, looks.value);
};

function readLooks(body: JsonObject): Looks {
  const spending = readField<string | boolean>(body, '/analysis_plan/alpha_spending', (value) =>
    typeof value === 'string' || typeof value === 'boolean' ? value : undefined,
  );
  return {
    looks: readField(body, '/analysis_plan/planned_interims', anInteger(0, MAX_LOOKS)),
    peeks: readField(body, '/actual_peeks', anInteger(0, MAX_PEEKS)),
    spending,
    plan: planOf(spending),
    reallocated: readField(body, '/analysis_plan/reallocated_alpha', aBoolean),
  };
}

function planOf(spending: Field<string | boolean>): Plan {
  if (spending.kind === 'invalid') return 'invalid';
  const value = valueOrNull(spending);
  if (typeof value !== 'string') return value === true ? 'planned' : 'none';
  const word = value.trim().toLowerCase();
  if (word === UNKNOWN_PLAN) return 'unknown';
  return NO_PLAN.has(word) ? 'none' : 'planned';
}

/** Nothing says that looks were planned; only reported peeks leave the question open. */
function withoutLooks(card: FrozenCard, found: Looks): SignalResult {
  if (isMissing(found.peeks) || valueOrNull(found.peeks) === 0) {
    return clear('S6', null, finding(card, found, 'no_looks', 'No interim looks are reported.'));
  }
  const reason = 'Peeks are reported, but not how many interim looks were planned.';
  return unknown('S6', [problemWith(found.looks)], { rule: 'no_looks', reason });
}

function comparePeeks(card: FrozenCard, found: Looks, looks: number): SignalResult {
  const { peeks, reallocated } = found;
  if (peeks.kind === 'invalid') {
    const reason = 'The number of actual peeks is not readable.';
    return unknown('S6', [problemWith(peeks)], { rule: 'peeks', reason });
  }
  const count = valueOrNull(peeks);
  if (count === null) {
    const reason = `${looks} interim looks were planned and no peeks are reported.`;
    return clear('S6', null, finding(card, found, 'peeks', reason));
  }
  if (count <= looks || valueOrNull(reallocated) === true) {
    const reason = `${count} peeks are covered by ${looks} planned looks or reallocated alpha.`;
    return clear('S6', null, finding(card, found, 'controlled', reason));
  }
  if (reallocated.kind === 'invalid') {
    const reason = 'Whether alpha was reallocated for further peeks is not readable.';
    return unknown('S6', [problemWith(reallocated)], { rule: 'reallocated', reason });
  }
  const reason = `${count} peeks were taken although only ${looks} looks were planned, without reallocated alpha.`;
  return fired('S6', 'M', null, finding(card, found, 'extra_peeks', reason));
}

function finding(card: FrozenCard, found: Looks, rule: string, reason: string): Finding {
  const { looks, spending, peeks, plan } = found;
  const meta = { looks: valueOrNull(looks), plan, peeks: valueOrNull(peeks) };
  return { rule, reason, evidence: cardEvidence(card, [looks, spending, peeks]), meta };
}
