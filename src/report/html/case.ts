import type { GateResult } from '../../domain/gates/types';
import { canonicalJson } from '../../domain/manifest/canonical-json';
import type { ScoredTrial, StopRuleResult } from '../../domain/scoring/types';
import type { SignalResult } from '../../domain/signals/types';
import type { GateId, SignalId } from '../../domain/vocabulary';
import { GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import { LIMITS } from '../limits';
import { GATE_NAMES, SIGNAL_NAMES, STOP_RULE_LABELS, STOP_RULE_NAMES } from '../words';
import { html, Html } from './escape';
import { day, logOdds, probability, shortened } from '../format';
import { evidenceList } from './evidence-list';
import { logOddsTable } from './log-odds';
import { recordText, stateChip, trialLink } from './parts';

/** What a case says of its publication; a whole `PublicationHeader` fits. */
export interface CaseHeader {
  readonly synthetic: boolean;
  readonly parameters: { readonly value: { readonly 'call.tau': number } };
}

/** One trial in full, closed to a line that says rank, probability, title and fired gates. */
export function caseDetails(
  scored: ScoredTrial,
  rank: number,
  header: CaseHeader,
  open: boolean,
): Html {
  const { score, nct_id } = scored;
  return html`<details class="case" ${open ? html` open` : null}>
    <summary>
      <span class="rank">${rank}</span>
      <span class="p ${score.decision}"
        ><b>${probability(score.p_fail)}</b><small>p_fail</small></span
      >
      <span class="who"
        ><span class="title">${recordText(titleOf(scored))}</span
        ><span class="quiet">${factLine(scored)}</span></span
      >
      <span class="chips">${firedChips(scored)}</span>
    </summary>
    <div class="body" id="${nct_id}">${caseBody(scored, header)}</div>
  </details> `;
}

/** What is to be said of one trial: the verdict, why, how the number came about, what is unknown. */
export function caseBody(scored: ScoredTrial, header: CaseHeader): Html {
  const { score } = scored;
  return html`
    ${verdict(scored, header)}
    <h4>Why</h4>
    ${gateSections(scored, header)} ${score.stop.map(stopSentence)} ${otherSignals(scored, header)}
    <h4>How the number came about</h4>
    ${logOddsTable(score, header.parameters.value['call.tau'])}
    <h4>What is unknown</h4>
    ${unknownList(scored)}
  `;
}

export const titleOf = ({ context }: ScoredTrial): string =>
  shortened(context.trial.brief_title ?? '(no title)', LIMITS.titleChars);

function factLine({ nct_id, context }: ScoredTrial): string {
  const { trial, catalyst } = context;
  const facts = [
    nct_id,
    trial.phase === null ? null : `phase ${trial.phase}`,
    trial.area.replace(/_/g, ' '),
    trial.sponsor_class,
    catalyst === null ? null : `catalyst ${catalyst.window_start}`,
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

function firedChips({ gates, score, signals }: ScoredTrial): Html[] {
  const fired = GATE_IDS.filter((id) => gates[id].state === 'fired');
  const chips = fired.map(
    (id) => html`<span class="chip fired"><b>${id}</b> ${GATE_NAMES[id]}</span>`,
  );
  for (const { rule, state } of score.stop)
    if (state === 'hit')
      chips.push(html`<span class="chip stop"><b>stop</b> ${STOP_RULE_LABELS[rule]}</span>`);
  if (score.low_certainty) chips.push(html`<span class="chip">low certainty</span>`);
  if (chips.length > 0) return chips;
  return SIGNAL_IDS.flatMap((id) => {
    const signal = signals[id];
    return signal.state === 'fired' ? [stateChip(id, 'fired', signal.severity)] : [];
  });
}

function verdict({ nct_id, context, score }: ScoredTrial, header: CaseHeader): Html {
  const basis =
    score.decision_basis === null
      ? null
      : html` by ${score.decision_basis.replace(/:.*/, '').replace('_', ' ')}`;
  const catalyst = context.catalyst;
  return html`<p class="verdict">
    <b>${score.decision.replace('_', ' ')}</b>${basis}, risk class ${score.risk_class ?? 'none'}.
    p_fail ${probability(score.p_fail)}, p_model ${probability(score.p_model)}. Facts known before
    <time>${day(context.cut_off)}</time>. Status
    ${context.trial.overall_status ?? 'not given'}.${catalyst === null ? null : html` Catalyst ${catalyst.window_start} (source ${catalyst.source}).`}
    Record: ${trialLink(nct_id, header.synthetic)}.
  </p>`;
}

/** A sentence per gate; a signal that supports two fired gates is told in full at the first. */
function gateSections(scored: ScoredTrial, header: CaseHeader): Html[] {
  const told = new Map<SignalId, GateId>();
  return GATE_IDS.map((id) => {
    const gate = scored.gates[id];
    const signals = gate.supporting_s_ids.map((signalId) => {
      const before = told.get(signalId);
      if (before !== undefined) return toldBefore(scored.signals[signalId], before);
      told.set(signalId, id);
      return signalSection(scored.signals[signalId], scored, header);
    });
    const reasons = gate.supporting_s_ids.map((signalId) => scored.signals[signalId].reason);
    return html`${gateSentence(gate, reasons)}${signals}`;
  });
}

function gateSentence(
  { gate_id, state, rationale, ...gate }: GateResult,
  reasons: readonly string[],
): Html {
  const weight = html`<p class="quiet indent">
    Likelihood ratio ${gate.lr.toFixed(2)} (rule ${gate.lr_rule}, status ${gate.lr_status}),
    log-odds ${logOdds(gate.log_lr)}.
  </p>`;
  return html`<p class="gate">
      ${stateChip(gate_id, state)}
      ${recordText(shortened(withoutReasons(rationale, reasons), LIMITS.textChars))}
    </p>
    ${state === 'fired' ? weight : null}`;
}

/** A rationale that ends with the reasons of its signals stops before them: they follow below. */
function withoutReasons(rationale: string, reasons: readonly string[]): string {
  const starts = reasons.map((reason) => rationale.indexOf(reason)).filter((at) => at > 0);
  return starts.length === 0 ? rationale : rationale.slice(0, Math.min(...starts)).trimEnd();
}

const toldBefore = (signal: SignalResult, gate: GateId): Html =>
  html`<div class="signal">
    <p>${signalChip(signal)} <span class="quiet">as told under ${gate}</span></p>
  </div>`;

const signalChip = (signal: SignalResult): Html =>
  stateChip(signal.signal_id, signal.state, signal.state === 'fired' ? signal.severity : null);

function signalSection(signal: SignalResult, scored: ScoredTrial, header: CaseHeader): Html {
  const owner = { nctId: scored.nct_id, synthetic: header.synthetic };
  return html`<div class="signal">
    <p>
      ${signalChip(signal)}
      ${recordText(shortened(signal.reason, LIMITS.textChars))}${defaulted(signal)}
    </p>
    ${evidenceList(signal.evidence, owner)}
  </div>`;
}

const defaulted = ({ low_certainty, defaulted_inputs }: SignalResult): Html | null =>
  defaulted_inputs.length === 0
    ? null
    : html` <span class="quiet"
        >${low_certainty ? 'Low certainty: ' : ''}${defaulted_inputs.join(', ')}
        ${defaulted_inputs.length === 1 ? 'was' : 'were'} defaulted.</span
      >`;

/** A stop rule that was hit, with the facts that decided, or that could not be decided. */
function stopSentence({ rule, state, level, facts }: StopRuleResult): Html | null {
  if (state === 'not_hit') return null;
  const name = STOP_RULE_NAMES[rule];
  if (state === 'unknown')
    return html`<p class="gate"><span class="chip unknown">stop rule unknown</span> ${name}.</p>`;
  const lifts =
    level === null
      ? 'it has no level and lifts nothing'
      : `it lifts p_fail to ${probability(level)}`;
  return html`<p class="gate"><span class="chip stop">stop rule hit</span> ${name}: ${lifts}.</p>
    <p class="source indent">
      Facts: <code>${shortened(canonicalJson(facts), LIMITS.textChars)}</code>
    </p>`;
}

/** Signals that fired without supporting a fired gate: shown, without weight. */
function otherSignals(scored: ScoredTrial, header: CaseHeader): Html | null {
  const used = new Set<SignalId>(GATE_IDS.flatMap((id) => scored.gates[id].supporting_s_ids));
  const rest = SIGNAL_IDS.filter((id) => scored.signals[id].state === 'fired' && !used.has(id));
  if (rest.length === 0) return null;
  return html`<p class="quiet">Fired, but in no fired gate: no log-odds added.</p>
    ${rest.map((id) => signalSection(scored.signals[id], scored, header))}`;
}

function unknownList({ signals }: ScoredTrial): Html {
  const items = SIGNAL_IDS.flatMap((id) => {
    const signal = signals[id];
    return signal.state === 'unknown' ? [unknownItem(id, signal.missing)] : [];
  });
  if (items.length === 0) return html`<p class="quiet">All nine signals could be read.</p>`;
  return html`<ul class="unknowns">
    ${items}
  </ul>`;
}

function unknownItem(id: SignalId, missing: readonly { pointer: string; problem: string }[]): Html {
  const shown = missing.slice(0, LIMITS.evidencePerSignal);
  const more = missing.length - shown.length;
  return html`<li>
    <b>${id}</b> ${SIGNAL_NAMES[id]}:
    ${shown.map((item, index) => html`${index === 0 ? '' : ', '}<code>${item.pointer}</code> ${item.problem.replace('_', ' ')}`)}${more > 0 ? ` and ${more} more` : null}
  </li>`;
}
