import {
  aFraction,
  aRatio,
  ask,
  isMissing,
  readField,
  valueOrNull,
  type Field,
} from '../cards/fields';
import { isBelow, pText, readPValue, type PValue } from '../cards/p-value';
import { isJsonObject, type JsonObject } from '../json';
import { allOf, anyOf, type Truth } from '../kleene';
import { atLeast, atMost } from '../math/tolerance';
import type { Parameters } from '../parameters/types';
import { cardEvidence } from './card-evidence';
import type { CardSignal } from './card-signal';
import { undecidedBy } from './needs';
import { clear, fired, unknown } from './result';

interface Survival {
  readonly pfsHr: Field<number>;
  readonly pfsP: Field<PValue>;
  readonly pfsUpper: Field<number>;
  readonly osHr: Field<number>;
  readonly osP: Field<PValue>;
  readonly events: Field<number>;
  readonly crossover: Field<number>;
}

/**
 * S9: is a benefit in progression-free survival paid for with harm in overall survival?
 *
 * @param card reads pfs (hr, p, ci95_upper) and os (hr, p, events_frac, crossover_rate) (3.2)
 * @returns fired H from `s9.os_hr_high` on or with os p below `s9.os_p_high`, else M; value is
 *   always null
 * @see domain specification 5.9; Booth and Eisenhauer 2012, JCO 30:1030
 */
export const s9: CardSignal = (card, { parameters }) => {
  const pfs = readField(card.body, '/pfs', anObject);
  const os = readField(card.body, '/os', anObject);
  const given = [pfs, os].filter(isGiven);
  if (given.length === 0) {
    const reason = 'No progression-free and overall survival are reported.';
    return clear('S9', null, { rule: 'no_survival', reason });
  }
  if (given.length === 1) {
    const absent = [pfs, os].filter((field) => !isGiven(field));
    const missing = absent.map(({ pointer }) => ({ pointer, problem: 'missing' }) as const);
    const reason = 'Only one of progression-free and overall survival is reported.';
    return unknown('S9', missing, { rule: 'one_survival', reason });
  }
  const found = readSurvival(card.body);
  const fields = Object.values(found) as readonly Field<unknown>[];
  const verdict = harm(found, parameters);
  if (verdict === 'unknown') {
    const reason = 'A number that decides on harm in overall survival is not known.';
    const needed = fields.filter((field) => field !== found.pfsP && field !== found.pfsUpper);
    return unknown('S9', undecidedBy(anyUnusable(needed) ? needed : fields), {
      rule: 'harm',
      reason,
    });
  }
  const evidence = cardEvidence(card, fields);
  if (!verdict) {
    const reason =
      'A benefit in progression-free survival with harm in overall survival is ruled out.';
    return clear('S9', null, { rule: 'harm', reason, evidence });
  }
  const severity = isHigh(found, parameters) ? 'H' : 'M';
  return fired('S9', severity, null, { rule: 'harm', reason: reasonOf(found), evidence });
};

const anObject = (value: unknown): JsonObject | undefined =>
  isJsonObject(value) ? value : undefined;

/** Absent, null and `{}` report nothing. */
const isGiven = (field: Field<JsonObject>): boolean =>
  field.kind === 'invalid' || (field.kind === 'known' && Object.keys(field.value).length > 0);

const anyUnusable = (fields: readonly Field<unknown>[]): boolean =>
  fields.some(({ kind }) => kind !== 'known');

const readSurvival = (body: JsonObject): Survival => ({
  pfsHr: readField(body, '/pfs/hr', aRatio),
  pfsP: readPValue(body, '/pfs'),
  pfsUpper: readField(body, '/pfs/ci95_upper', aRatio),
  osHr: readField(body, '/os/hr', aRatio),
  osP: readPValue(body, '/os'),
  events: readField(body, '/os/events_frac', aFraction),
  crossover: readField(body, '/os/crossover_rate', aFraction),
});

function harm(found: Survival, parameters: Parameters): Truth {
  const { value } = parameters;
  return allOf(
    isPfsPositive(found, value['s9.pfs_p']),
    ask(found.osHr, (hr) => atLeast(hr, value['s9.os_hr'])),
    ask(found.events, (fraction) => atLeast(fraction, value['s9.events_min'])),
    ask(found.osP, (p) => isBelow(p, value['s9.os_p'])),
    ask(found.crossover, (rate) => atMost(rate, value['s9.crossover_max'])),
  );
}

/** Harm is no benefit, and a hazard ratio without p and interval claims nothing. */
function isPfsPositive({ pfsHr, pfsP, pfsUpper }: Survival, limit: number): Truth {
  if (isMissing(pfsP) && isMissing(pfsUpper)) return false;
  const isSignificant = anyOf(
    ask(pfsP, (p) => isBelow(p, limit)),
    ask(pfsUpper, (upper) => upper < 1),
  );
  return allOf(
    ask(pfsHr, (hr) => hr < 1),
    isSignificant,
  );
}

function isHigh({ osHr, osP }: Survival, { value }: Parameters): boolean {
  const verdict = anyOf(
    ask(osHr, (hr) => atLeast(hr, value['s9.os_hr_high'])),
    ask(osP, (p) => isBelow(p, value['s9.os_p_high'])),
  );
  return verdict === true;
}

function reasonOf(found: Survival): string {
  const upper = valueOrNull(found.pfsUpper);
  const claim =
    found.pfsP.kind === 'known' ? `p ${pText(found.pfsP.value)}` : `upper limit ${upper}`;
  const osP = found.osP.kind === 'known' ? pText(found.osP.value) : 'not known';
  const percent = ((valueOrNull(found.events) ?? 0) * 100).toFixed(0);
  return `PFS HR is ${numberText(found.pfsHr)} (${claim}) while OS HR is ${numberText(found.osHr)} (p ${osP}) with ${percent} % of events and crossover ${valueOrNull(found.crossover)}.`;
}

const numberText = (field: Field<number>): string => valueOrNull(field)?.toFixed(2) ?? 'not known';
