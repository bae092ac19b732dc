import { clamp, logit } from '../../domain/math/exp-log';
import { scoreSteps, type ScoreStep, type StepSource } from '../steps';
import { html, Html } from './escape';
import { logOdds, probability } from '../format';
import { percent, table } from './parts';

/** The scale shows log-odds in ±5.3, i.e. probabilities from 0.5 % to 99.5 %; the rest is cut. */
const SPAN = 5.3;
/** Probabilities at which the scale has a line. */
const TICKS = [0.01, 0.1, 0.5, 0.9, 0.99] as const;

/** How the score came about: prior, what each gate added, the posterior, what a rule lifted. */
export function logOddsTable(score: StepSource, tau: number): Html {
  const steps = scoreSteps(score);
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
    steps.map((step) => [
      stepName(step),
      stepBar(step),
      added(step),
      probability(step.probability),
    ]),
    'logodds',
  );
}

const stepName = ({ name, detail }: ScoreStep): Html =>
  html`<b>${name}</b> <span class="quiet">${detail}</span>`;

function added({ kind, to, adds }: ScoreStep): string {
  if (kind === 'stop') return 'lifted';
  return adds === null ? `= ${logOdds(to)}` : logOdds(adds);
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

const stepBar = (step: ScoreStep): Html =>
  html`<svg class="step" aria-hidden="true">
    <use href="#grid" />
    ${mark(step)}
  </svg>`;

function mark({ kind, from, to }: ScoreStep): Html {
  if (kind === 'posterior')
    return html`<circle class="posterior-mark" cx="${percent(place(to))}" cy="50%" r="5" />`;
  const left = Math.min(place(from), place(to));
  const width = Math.max(Math.abs(place(to) - place(from)), 0.004);
  return html`<rect class="${kind}" x="${percent(left)}" width="${percent(width)}" />`;
}

const verticalLine = (at: number, className: string): Html => {
  const x = percent(at);
  return html`<line class="${className}" x1="${x}" x2="${x}" y1="0" y2="100%" />`;
};
