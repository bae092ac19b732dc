import type { Explained } from '../../domain/explain/explain';
import type { EvidenceLine } from '../evidence';
import { scoredOf } from '../evidence';
import { day, probability } from '../format';
import { caseBody, titleOf } from '../html/case';
import { html, type Html } from '../html/escape';
import { scaleDefinitions } from '../html/log-odds';
import { recordText } from '../html/parts';
import { webPage, type Frame } from './frame';

export interface TrialOrigin {
  readonly publication: string;
  readonly run: string;
  readonly publishedAt: string;
  readonly synthetic: boolean;
}

/** One trial with all that moved its score. */
export function trialPage(
  frame: Omit<Frame, 'title' | 'part'>,
  line: EvidenceLine,
  explained: Explained,
  problems: readonly string[],
  origin: TrialOrigin,
): string {
  const scored = scoredOf(line);
  const tau = Number(explained.decision_keys.find(({ pointer }) => /tau$/.test(pointer))?.value);
  const header = { synthetic: origin.synthetic, parameters: { value: { 'call.tau': tau } } };
  const { score } = scored;
  const content = html`${scaleDefinitions(tau)}
    <p class="eyebrow">
      ${line.nct_id} · ${line.context.mode}${origin.synthetic ? ' · synthetic data' : null}
    </p>
    <h1>${recordText(titleOf(scored))}</h1>
    ${wrong(problems)}
    <dl class="tiles">
      ${tile('p_fail', probability(score.p_fail), score.decision.replace('_', ' '))}
      ${tile('Risk class', score.risk_class ?? 'none', `called from ${probability(tau)}`)}
      ${tile('Gates known', `${Math.round(score.coverage.gate_coverage * 4)} of 4`, 'unknown never accuses')}
      ${tile('Signals known', `${Math.round(score.coverage.signal_coverage * 9)} of 9`, `facts before ${day(line.context.cut_off) ?? ''}`)}
    </dl>
    ${caseBody(scored, header)}
    <p class="quiet">
      Publication <code>${origin.publication}</code> of ${day(origin.publishedAt)}, run
      <code>${origin.run}</code>.
      <a href="/v1/publications/${origin.publication}/trials/${line.nct_id}">As JSON</a>
    </p>`;
  return webPage({ ...frame, part: 'calls', title: line.nct_id }, content);
}

const tile = (name: string, value: string, note: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd><b>${value}</b><small>${note}</small></dd>
  </div>`;

const wrong = (problems: readonly string[]): Html | null =>
  problems.length === 0
    ? null
    : html`<div class="wrong" role="alert">
        <p><b>This score is not what its parts give.</b></p>
        <ul>
          ${problems.map((problem) => html`<li>${problem}</li>`)}
        </ul>
      </div>`;
