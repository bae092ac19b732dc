import { aBoolean, asserted, readField } from '../cards/fields';
import { allOf } from '../kleene';
import { cardEvidence } from './card-evidence';
import type { CardSignal, SignalContext } from './card-signal';
import { clear, fired, unknown } from './result';
import type { EvidenceItem } from './types';

/**
 * S7: does a pivotal trial go without a control arm where a randomised trial is the standard?
 *
 * @param card reads is_pivotal and single_arm (3.2)
 * @param context.rctRequired decision of the rct_required table (9.2)
 * @returns fired H; M with low certainty when only the table's default row asks for a randomised
 *   trial; value is always null
 * @see domain specification 5.7; ICH E10 (2000)
 */
export const s7: CardSignal = (card, context) => {
  const pivotal = readField(card.body, '/is_pivotal', aBoolean);
  const singleArm = readField(card.body, '/single_arm', aBoolean);
  const rct = context.rctRequired;
  const verdict = allOf(
    asserted(pivotal),
    asserted(singleArm),
    rct === null ? 'unknown' : rct.value,
  );
  if (verdict === 'unknown') {
    const invalid = [pivotal, singleArm].filter(({ kind }) => kind === 'invalid');
    const pointers = invalid.map(({ pointer }) => pointer);
    const all = rct === null ? [...pointers, '/rct_required'] : pointers;
    const missing = all.map((pointer) => ({ pointer, problem: 'invalid' }) as const);
    const reason = 'A fact that decides on the need for a control arm is not a boolean.';
    return unknown('S7', missing, { rule: 'single_arm', reason });
  }
  const evidence = [...cardEvidence(card, [pivotal, singleArm]), ...tableItem(context)];
  if (!verdict || rct === null) {
    const reason =
      'The trial is not a pivotal single-arm trial where a randomised one is the standard.';
    return clear('S7', null, { rule: 'single_arm', reason, evidence });
  }
  const reason = `A pivotal trial has a single arm where a randomised trial is the standard (row ${rct.row}: ${rct.source}).`;
  const meta = { rct_required: { row: rct.row, source: rct.source, is_default: rct.is_default } };
  if (!rct.is_default)
    return fired('S7', 'H', null, { rule: 'single_arm', reason, evidence, meta });
  const finding = { rule: 'single_arm_default', reason, evidence, meta };
  return fired('S7', 'M', null, { ...finding, defaulted: ['rct_required'], lowCertainty: true });
};

/** The row of the rct_required table that decided, as evidence. */
function tableItem({ rctRequired, trial }: SignalContext): readonly EvidenceItem[] {
  if (rctRequired === null) return [];
  return [
    {
      kind: 'registry_field',
      ref_id: trial.nct_id,
      ref_sha256: null,
      pointer: '/rct_required',
      quote: `${rctRequired.row}: ${rctRequired.source}`,
      published_at: null,
    },
  ];
}
