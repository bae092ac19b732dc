import { clamp, logistic, logit } from '../../domain/math/exp-log';
import type { ScorePart, ScoreResult } from '../../domain/scoring/types';
import { STOP_RULE_NAMES } from '../words';
import type { HtmlValue } from './escape';
import { html, Html } from './escape';
import { logOdds, probability } from './format';
import { percent, table } from './parts';

/** The scale shows log-odds in ±5.3, i.e. probabilities from 0.5 % to 99.5 %; the rest is cut. */
const SPAN = 5.3;
/** Probabilities at which the scale has a line. */
const TICKS = [0.01, 0.1, 0.5, 0.9, 0.99] as const;

interface Step {
  readonly name: HtmlValue;
  readonly className: 'prior' | 'gate' | 'post' | 'stop';
  /** Log-odds before and after the step. */
  readonly from: number;
  readonly to: number;
  readonly added: string;
  readonly probability: number;
}

/** How the score came about: prior, what each gate added, the posterior, what a rule lifted. */
export function logOddsTable(score: ScoreResult, tau: number): Html {
  const steps = stepsOf(score);
  if (steps.length === 0)
    return html`<p class="quiet">No prior could be formed, so there are no log-odds to show.</p>`;
  return table(
    'From prior to p_fail, in log-odds',
    [
      { head: 'Step' },
      { head: scaleHead(tau), className: 'bar' },
      { head: 'Adds', className: 'num' },
      { head: 'p after', className: 'num' },
    ],
    steps.map((step) => [step.name, stepBar(step), step.added, probability(step.probability)]),
    'logodds',
  );
}

function stepsOf(score: ScoreResult): Step[] {
  const { logit_prior, logit_post } = score;
  if (logit_prior === null || logit_post === null) return [];
  const steps: Step[] = [
    {
      name: 'Prior',
      className: 'prior',
      from: 0,
      to: logit_prior,
      added: logOdds(logit_prior),
      probability: logistic(logit_prior),
    },
  ];
  let at = logit_prior;
  for (const part of score.parts) {
    if (part.id === 'prior' || part.state !== 'fired') continue;
    steps.push(gateStep(part, at));
    at += part.log_lr;
  }
  return [...steps, posterior(logit_post, score.p_model ?? logistic(logit_post)), ...lifts(score)];
}

const gateStep = (part: ScorePart, at: number): Step => ({
  name: html`${part.id} <span class="quiet">×${(part.lr_clamped ?? 1).toFixed(2)}</span>`,
  className: 'gate',
  from: at,
  to: at + part.log_lr,
  added: logOdds(part.log_lr),
  probability: logistic(at + part.log_lr),
});

const posterior = (logitPost: number, pModel: number): Step => ({
  name: html`<b>p_model</b>`,
  className: 'post',
  from: logitPost,
  to: logitPost,
  added: `= ${logOdds(logitPost)}`,
  probability: pModel,
});

function lifts(score: ScoreResult): Step[] {
  const { logit_post, p_fail, p_model } = score;
  if (logit_post === null || p_fail === null || p_fail === p_model) return [];
  const rule = score.stop.find((r) => r.state === 'hit' && r.level === p_fail);
  return [
    {
      name: html`<b>p_fail</b>
        <span class="quiet"
          >${rule === undefined ? 'stop rule' : 'stop rule: ' + STOP_RULE_NAMES[rule.rule]}</span
        >`,
      className: 'stop',
      from: logit_post,
      to: p_fail >= 1 ? SPAN : logit(p_fail),
      added: 'lifted',
      probability: p_fail,
    },
  ];
}

/** Place of a log-odds value on the scale, as a share of its width. */
const place = (value: number): number => (clamp(value, -SPAN, SPAN) + SPAN) / (2 * SPAN);

/** What all scales share, drawn once per page and referred to by each bar. */
export function scaleDefinitions(tau: number): Html {
  const lines = TICKS.map((p) => verticalLine(place(logit(p)), p === 0.5 ? 'tick mid' : 'tick'));
  const texts = TICKS.map(
    (p) =>
      html`<text x="${percent(place(logit(p)))}" y="11" text-anchor="middle">${tickText(p)}</text>`,
  );
  return html`<svg class="defs" aria-hidden="true">
    <defs>
      <g id="grid">${lines}${verticalLine(place(logit(tau)), 'tau')}</g>
      <g id="scale">${texts}</g>
    </defs>
  </svg>`;
}

const scaleHead = (tau: number): Html =>
  html`<svg
    class="scale"
    role="img"
    aria-label="Probability from 1 % to 99 %; dashed: call threshold ${tau.toFixed(2)}"
  >
    <use href="#scale" />
  </svg>`;

const tickText = (p: number): string => `${Math.round(p * 100)} %`;

const stepBar = (step: Step): Html =>
  html`<svg class="step" aria-hidden="true">
    <use href="#grid" />
    ${mark(step)}
  </svg>`;

function mark({ className, from, to }: Step): Html {
  if (className === 'post')
    return html`<circle class="post" cx="${percent(place(to))}" cy="50%" r="5" />`;
  const left = Math.min(place(from), place(to));
  const width = Math.max(Math.abs(place(to) - place(from)), 0.004);
  return html`<rect class="${className}" x="${percent(left)}" width="${percent(width)}" />`;
}

const verticalLine = (at: number, className: string): Html => {
  const x = percent(at);
  return html`<line class="${className}" x1="${x}" x2="${x}" y1="0" y2="100%" />`;
};
