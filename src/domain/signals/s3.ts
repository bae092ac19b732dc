import { aBoolean, aList, aText, asserted, ask, readField, valueOrNull } from '../cards/fields';
import { isBelow, pText, readPValue } from '../cards/p-value';
import type { FrozenCard } from '../features/types';
import { isJsonObject } from '../json';
import { allOf, anyOf, type Truth } from '../kleene';
import { cardEvidence, cardItem } from './card-evidence';
import type { CardSignal } from './card-signal';
import { undecidedBy } from './needs';
import { clear, fired, unknown } from './result';

/** A flag of a subgroup, any of which says that its test was protected against multiplicity. */
const PROTECTIONS = ['adjusted', 'multiplicity_adjusted', 'pre_specified_interaction', 'gatekept'];

interface Subgroup {
  readonly pointer: string;
  readonly name: string;
  readonly p: string;
  /** Is it below the threshold and unprotected? */
  readonly isFlagged: Truth;
}

/**
 * S3: is a subgroup sold as a win although the whole population missed?
 *
 * @param card reads subgroups, the ITT p-value and narrative_highlights_subgroup (3.2)
 * @returns fired H when the narrative highlights the subgroup, else M; value is always null
 * @see domain specification 5.3; Rothwell 2005, Lancet 365:176
 */
export const s3: CardSignal = (card, { parameters }) => {
  const limit = parameters.value['s3.p'];
  const list = readField(card.body, '/subgroups', aList);
  if (list.kind === 'invalid') {
    const reason = 'The subgroups are not a list.';
    return unknown('S3', undecidedBy([list]), { rule: 'subgroups', reason });
  }
  const itt = readPValue(card.body, '/primary_result/ITT');
  const ittIsPositive = ask(itt, (p) => isBelow(p, limit));
  if (ittIsPositive === true) {
    const reason = `The whole population has p ${pOf(itt)}, below ${limit}.`;
    return clear('S3', null, { rule: 'itt_positive', reason, evidence: cardEvidence(card, [itt]) });
  }
  const subgroups = (valueOrNull(list) ?? []).map((_, i) => readSubgroup(card, i, limit));
  const flagged = subgroups.filter(({ isFlagged }) => isFlagged === true);
  if (flagged.length === 0) return withoutFlagged(card, subgroups);
  if (ittIsPositive === 'unknown') {
    const reason =
      'A subgroup is below the threshold, but the p-value of the whole population is not known.';
    return unknown('S3', undecidedBy([itt]), { rule: 'itt', reason });
  }
  const highlights = readField(card.body, '/narrative_highlights_subgroup', aBoolean);
  const isHighlighted = asserted(highlights) === true;
  return fired('S3', isHighlighted ? 'H' : 'M', null, {
    rule: isHighlighted ? 'highlighted' : 'plain',
    reason: firedReason(pOf(itt), flagged, isHighlighted),
    evidence: [
      ...cardEvidence(card, [itt]),
      ...flagged.map(({ pointer }) => cardItem(card, pointer)),
    ],
    meta: { flagged: flagged.map(({ name }) => name) },
  });
};

function withoutFlagged(card: FrozenCard, subgroups: readonly Subgroup[]) {
  const open = subgroups.filter(({ isFlagged }) => isFlagged === 'unknown');
  if (open.length > 0) {
    const missing = open.map(({ pointer }) => ({ pointer, problem: 'invalid' }) as const);
    const reason = 'A subgroup has a p-value or a protecting flag that cannot be decided on.';
    return unknown('S3', missing, { rule: 'subgroup', reason });
  }
  const reason = 'No subgroup is claimed as a win without multiplicity control.';
  const evidence = subgroups.map(({ pointer }) => cardItem(card, pointer));
  return clear('S3', null, { rule: 'no_subgroup', reason, evidence });
}

function readSubgroup(card: FrozenCard, index: number, limit: number): Subgroup {
  const pointer = `/subgroups/${index}`;
  const element = readField(card.body, pointer, (value) =>
    isJsonObject(value) ? value : undefined,
  );
  if (element.kind !== 'known') return { pointer, name: 'unnamed', p: '', isFlagged: 'unknown' };
  const p = readPValue(card.body, pointer);
  const name = valueOrNull(readField(card.body, `${pointer}/name`, aText));
  const isWin: Truth =
    p.kind === 'absent' || p.kind === 'null' ? false : ask(p, (v) => isBelow(v, limit));
  const flags = PROTECTIONS.map((flag) => readField(card.body, `${pointer}/${flag}`, aBoolean));
  const isProtected = anyOf(...flags.map(asserted));
  const isOpen: Truth = isProtected === 'unknown' ? 'unknown' : !isProtected;
  return { pointer, name: name ?? 'unnamed', p: pOf(p), isFlagged: allOf(isWin, isOpen) };
}

const pOf = (p: ReturnType<typeof readPValue>): string =>
  p.kind === 'known' ? pText(p.value) : 'not known';

function firedReason(itt: string, flagged: readonly Subgroup[], isHighlighted: boolean): string {
  const names = flagged.map(({ name, p }) => `${name} (p ${p})`).join(', ');
  const how = isHighlighted ? 'highlights' : 'reports';
  return `The whole population has p ${itt}, yet the source ${how} without multiplicity control: ${names}.`;
}
