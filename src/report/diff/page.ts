import type { Attribution } from '../../domain/diff/attribute';
import type { Change } from '../../domain/diff/changed-paths';
import { count, counted, logOdds, probability, shortened } from '../format';
import { css, html, type Html } from '../html/escape';
import { percent, recordText, table, trialLink } from '../html/parts';
import { STYLE } from '../html/style';
import { codeNote, isNothing, type DiffedRun, type ListedTrial, type RunsDiff } from './model';
import { changeText, signed } from './text';

/** A difference of runs as one page without script or outside request. */
export function diffPage(diff: RunsDiff): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>NCFD: what differs between two runs</title>
        <style>
          ${STYLE}${DIFF_STYLE}
        </style>
      </head>
      <body>
        <main>${diffSections(diff)}</main>
      </body>
    </html> `.markup;
}

/** The content of the page, for a page that has a frame of its own. */
export function diffSections(diff: RunsDiff): Html {
  const isSynthetic = diff.a.synthetic || diff.b.synthetic;
  return html`
    ${headline(diff, isSynthetic)} ${runsTable(diff)} ${causes(diff)}
    ${isNothing(diff) ? null : moves(diff, isSynthetic)} ${trials(diff, isSynthetic)}
    ${universe(diff)}
  `;
}

function headline(diff: RunsDiff, isSynthetic: boolean): Html {
  const { counts } = diff;
  const note = codeNote(diff.code);
  return html`<header>
      <p class="eyebrow">NCFD run diff · ${diff.mode}${isSynthetic ? ' · synthetic data' : null}</p>
      <h1>
        ${isNothing(diff) ? 'Nothing differs' : `${count(counts.differ)} of ${counted(counts.both, 'trial')} differ`}
      </h1>
      <p class="lede">
        Each move of <b>p_fail</b> is divided among data, parameters and code. The parts add up to
        the move exactly.
      </p>
      <dl class="tiles">
        ${tile('Differ', counts.differ, `of ${count(counts.both)} in both runs`)}
        ${tile('Moved by data', counts.moved_by.data, `${count(counts.records_changed)} records changed`)}
        ${tile('Moved by parameters', counts.moved_by.parameters, `${counted(diff.parameter_changes.length, 'key')} changed`)}
        ${tile('Moved by code', counts.moved_by.code, diff.code.status.replaceAll('_', ' '))}
      </dl>
    </header>
    ${
      note === null
        ? null
        : html`<aside class="notice">
            <h2>Code</h2>
            <p>${note}</p>
          </aside>`
    }`;
}

const tile = (name: string, value: number, note: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd><b>${count(value)}</b><small>${note}</small></dd>
  </div>`;

function runsTable({ a, b }: RunsDiff): Html {
  const row = (name: string, of: (run: DiffedRun) => string) => [name, of(a), of(b)];
  return table(
    'The two runs',
    [{ head: '' }, { head: 'A, before' }, { head: 'B, after' }],
    [
      row('run', ({ run }) => run),
      row('as of', ({ as_of }) => as_of.slice(0, 10)),
      row('trials', (run) => count(run.trials)),
      row(
        'parameter set',
        ({ parameter_set: set }) => `${set.id} ${set.semver}, ${set.sha256.slice(0, 12)}…`,
      ),
      row('snapshot', ({ snapshot }) => (snapshot === null ? 'none' : `${snapshot.slice(0, 12)}…`)),
      row('code', ({ code_version }) => code_version),
    ],
  );
}

function causes({ parameter_changes, counts, freezing_keys }: RunsDiff): Html {
  const keys = parameter_changes.map((change) => [
    html`<code>${change.pointer}</code>`,
    changeText(change).slice(change.pointer.length + 1),
    count(counts.parameter_keys[change.pointer] ?? 0),
  ]);
  const fields = Object.entries(counts.record_fields).map(([pointer, n]) => [
    html`<code>${pointer}</code>`,
    count(n),
  ]);
  const num = { head: 'Trials', className: 'num' } as const;
  return html`${keys.length === 0 ? null : table('Changed keys of the parameter set, and trials behind whose move they stand', [{ head: 'Key' }, { head: 'Before → after' }, num], keys)}
  ${freezing_keys.length === 0 ? null : html`<p class="quiet">${freezing_keys.join(', ')}: acts while features are frozen; what it does there counts as data.</p>`}
  ${fields.length === 0 ? null : table('Changed fields of records, and trials behind whose move they stand', [{ head: 'Field' }, num], fields)}`;
}

/** Before and after of each listed trial on one scale of p_fail, 0 to 1. */
function moves({ trials: listed }: RunsDiff, isSynthetic: boolean): Html {
  const half = Math.max(0, ...listed.map(({ logit_post }) => longerSide(logit_post)));
  const rows = listed.map((trial) => [
    trialLink(trial.nct_id, isSynthetic),
    dumbbell(trial),
    html`${probability(trial.a.p_fail)} → ${probability(trial.b.p_fail)}`,
    partsBar(trial.logit_post, half),
  ]);
  const legend = html`<b>Moves of p_fail and what moved them</b> Left: ring before, dot after, from
    0 to 1. Right: log-odds, down to the left of the line, up to the right; half the width is
    ${logOdds(half)}.
    <span class="legend"
      ><span><i class="d-data"></i>data</span><span><i class="d-set"></i>parameters</span
      ><span><i class="d-code"></i>code</span></span
    >`;
  return html`<h2>Moves</h2>
    ${table(legend, [{ head: 'Trial' }, { head: 'p_fail 0 … 1' }, { head: 'Before → after', className: 'num' }, { head: 'Log-odds by cause' }], rows, 'moves')}`;
}

function dumbbell({ a, b }: ListedTrial): Html | null {
  const [from, to] = [a.p_fail, b.p_fail];
  if (from === null || to === null) return null;
  const [x, y] = [at(from), at(to)];
  return html`<svg class="dumbbell" aria-hidden="true">
    <line class="base" x1="3%" x2="97%" y1="50%" y2="50%" />
    <line class="way" x1="${x}" x2="${y}" y1="50%" y2="50%" />
    <circle class="from" cx="${x}" cy="50%" r="4" />
    <circle class="to" cx="${y}" cy="50%" r="4.5" />
  </svg>`;
}

/** Room for half a dot at both ends of the scale. */
const at = (p: number): string => percent(0.03 + 0.94 * p);

/** Log-odds to the side of the line that needs more room. */
function longerSide(parts: Attribution | null): number {
  const values = namedParts(parts).map(([, value]) => value);
  const side = (sign: 1 | -1) => values.reduce((sum, v) => sum + Math.max(0, sign * v), 0);
  return Math.max(side(1), side(-1));
}

const namedParts = (parts: Attribution | null) =>
  parts === null
    ? []
    : ([
        ['d-data', parts.data],
        ['d-set', parts.parameters],
        ['d-code', parts.code],
      ] as const);

/** @param half log-odds that half of the bar stands for, at least those of its longer side */
function partsBar(parts: Attribution | null, half: number): Html {
  if (parts === null) return html`<small>not attributed</small>`;
  let [left, right] = [0.5, 0.5];
  const rects = namedParts(parts).flatMap(([name, value]) => {
    if (value === 0) return [];
    const width = Math.abs(value) / half / 2;
    const x = value < 0 ? (left -= width) : right;
    if (value > 0) right += width;
    return [
      html`<rect class="${name}" x="${percent(x)}" width="${percent(width)}" height="100%" />`,
    ];
  });
  return html`<svg class="causes" aria-hidden="true">
    ${rects}
    <line class="base" x1="50%" x2="50%" y1="0" y2="100%" />
  </svg>`;
}

function trials(diff: RunsDiff, isSynthetic: boolean): Html | null {
  if (diff.trials.length === 0) return null;
  const more = diff.counts.differ - diff.trials.length;
  return html`<h2>Trials</h2>
    ${diff.trials.map((trial) => one(trial, isSynthetic))}
    ${more > 0 ? html`<p class="quiet">and ${count(more)} more, which are not listed</p>` : null}`;
}

function one(trial: ListedTrial, isSynthetic: boolean): Html {
  const { a, b, rank, title, states } = trial;
  const change = (from: string | number, to: string | number): string =>
    from === to ? String(from) : `${from} → ${to}`;
  const facts = [
    `decision ${change(a.decision.replace('_', ' '), b.decision.replace('_', ' '))}`,
    `risk ${change(a.risk_class ?? 'none', b.risk_class ?? 'none')}`,
    `rank ${change(rank[0] ?? 'none', rank[1] ?? 'none')}`,
    ...Object.entries(states).map(([name, [from, to]]) => `${name} ${from} → ${to}`),
  ];
  return html`<section class="diffed">
    <h3>
      ${trialLink(trial.nct_id, isSynthetic)}
      ${title === null ? null : recordText(shortened(title, TITLE_CHARS))}
    </h3>
    <p>${facts.join(' · ')}</p>
    ${partsTable(trial)} ${behind('Parameter keys behind it', trial.parameter_keys)}
    ${behind('Record fields behind it', trial.record_fields)}
  </section>`;
}

const TITLE_CHARS = 160;
/** Places named per trial; the JSON has them all. */
const PLACES = 12;

function partsTable({ logit_post, p_fail }: ListedTrial): Html {
  const row = (name: string, parts: Attribution | null) =>
    parts === null
      ? [name, '–', '–', '–', '–']
      : [name, ...[parts.move, parts.data, parts.parameters, parts.code].map(signed)];
  const columns = ['Move', 'Data', 'Parameters', 'Code'].map(
    (head) => ({ head, className: 'num' }) as const,
  );
  return table(
    'Parts add up to the move',
    [{ head: '' }, ...columns],
    [row('log-odds', logit_post), row('p_fail', p_fail)],
  );
}

function behind(title: string, changes: readonly Change[]): Html | null {
  if (changes.length === 0) return null;
  const shown = changes
    .slice(0, PLACES)
    .map((change) => html`<li><bdi>${changeText(change)}</bdi></li>`);
  const more = changes.length - shown.length;
  return html`<h4>${title}</h4>
    <ul class="evidence">
      ${shown}${more > 0 ? html`<li>and ${count(more)} more</li>` : null}
    </ul>`;
}

function universe({ counts, entered, left }: RunsDiff): Html | null {
  if (counts.entered + counts.left === 0) return null;
  const list = (name: string, ids: readonly string[], all: number): Html =>
    html`<p><b>${name} ${count(all)}</b> ${ids.join(', ')}${all > ids.length ? '…' : null}</p>`;
  return html`<h2>Universe</h2>
    ${list('Entered', entered, counts.entered)} ${list('Left', left, counts.left)}`;
}

/** What this page adds to the style of the report; data, parameters and code have one colour each. */
export const DIFF_STYLE = css`
  main > h2 {
    margin-top: 2.5rem;
  }
  .diffed {
    border-top: 1px solid var(--line);
    padding: 0.4rem 0 0.8rem;
  }
  .diffed .evidence {
    font-size: 0.85rem;
  }
  .d-data {
    fill: var(--link);
    background: var(--link);
  }
  .d-set {
    fill: var(--stop-bar);
    background: var(--stop-bar);
  }
  .d-code {
    fill: var(--fired);
    background: var(--fired);
  }
  .dumbbell,
  .causes {
    display: block;
    width: 100%;
    min-width: 7rem;
    height: 1.1rem;
  }
  .dumbbell .base,
  .causes .base {
    stroke: var(--line);
  }
  .dumbbell .way {
    stroke: var(--soft);
    stroke-width: 2;
  }
  .dumbbell .from {
    fill: var(--paper);
    stroke: var(--soft);
    stroke-width: 2;
  }
  .dumbbell .to {
    fill: var(--ink);
  }
  .moves tbody th {
    white-space: nowrap;
  }
  .moves td:nth-child(2),
  .moves td:nth-child(4) {
    width: 32%;
  }
`;
