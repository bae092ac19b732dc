import type { RunCounts } from '../../contracts/run';
import type { RunsDiff } from '../diff/model';
import { diffSections } from '../diff/page';
import { count } from '../format';
import { html, type Html } from '../html/escape';
import { table } from '../html/parts';
import { webPage, type Frame } from './frame';

type PageFrame = Omit<Frame, 'title' | 'part'>;

/** A run as pages show it. */
export interface RunView {
  readonly run: string;
  readonly status: string;
  readonly mode: string;
  readonly asOf: string;
  readonly universe: string;
  readonly startedAt: string;
  readonly counts: RunCounts | null;
  readonly publication: string | null;
  readonly error: string | null;
}

/** Where a run at work stands; null where nobody could be asked. */
export interface ProgressView {
  readonly stage: string;
  readonly shards: number;
  readonly trials: number;
  readonly frozen: number;
  readonly scored: number;
  readonly failed: number;
}

/** Runs, newest first, with a form to compare two. */
export function runsPage(frame: PageFrame, runs: readonly RunView[], next: string | null): string {
  const content = html`<h1>Runs</h1>
    ${runs.length === 0 ? html`<p class="empty">No run yet.</p>` : runsTable(runs)}
    ${next === null ? null : html`<p class="pager"><a rel="next" href="/runs?cursor=${next}">Earlier runs</a></p>`}
    ${runs.length < 2 ? null : compareForm(runs)}`;
  return webPage({ ...frame, part: 'runs', title: 'Runs' }, content);
}

const runsTable = (runs: readonly RunView[]): Html =>
  table(
    'Newest first',
    [
      { head: 'Run' },
      { head: 'State' },
      { head: 'Question' },
      { head: 'Trials', className: 'num' },
      { head: 'Calls', className: 'num' },
    ],
    runs.map((run) => [
      html`<a href="/runs/${run.run}">${run.run}</a>`,
      run.status,
      html`${run.mode}<small>as of ${run.asOf.slice(0, 10)}, ${run.universe.slice(0, 24)}</small>`,
      run.counts === null ? '–' : count(run.counts.trials),
      run.counts === null ? '–' : count(run.counts.calls),
    ]),
    'runs',
  );

function compareForm(runs: readonly RunView[]): Html {
  const published = runs.filter(({ status }) => status === 'published');
  const options = (chosen: number) =>
    published.map(
      ({ run, mode }, index) =>
        html`<option value="${run}" ${index === chosen ? html`selected` : null}>
          ${run} (${mode})
        </option>`,
    );
  return html`<h2>Compare two runs</h2>
    <form class="filter" method="get" action="/diff">
      <label
        >Before
        <select name="a">
          ${options(1)}
        </select></label
      >
      <label
        >After
        <select name="b">
          ${options(0)}
        </select></label
      >
      <button>Compare</button>
    </form>`;
}

/** One run: while it is at work the page follows it, by script or by looking again. */
export function runPage(frame: PageFrame, run: RunView, progress: ProgressView | null): string {
  const atWork = run.status === 'pending' || run.status === 'running';
  const content = html`<p class="eyebrow">Run · ${run.mode} as of ${run.asOf.slice(0, 10)}</p>
    <h1>${run.run}</h1>
    <p
      class="lede"
      role="status"
      aria-live="polite"
      data-run="${run.run}"
      data-at-work="${String(atWork)}"
    >
      <span data-field="status">${run.status}</span
      >${atWork ? html`, stage <span data-field="stage">${progress?.stage ?? 'not told'}</span>` : null}
    </p>
    ${run.error === null ? null : html`<div class="wrong"><p>${run.error}</p></div>`}
    ${atWork ? steps(progress) : null} ${run.counts === null ? null : countsTable(run.counts)}
    <dl class="facts">${fact('Started', run.startedAt)} ${fact('Universe', run.universe)}</dl>
    ${
      run.publication === null
        ? null
        : html`<p><a href="/?publication=${run.publication}">What it published</a></p>`
    }`;
  const following = atWork ? { script: 'run.js', refreshSeconds: 5 } : {};
  return webPage({ ...frame, ...following, part: 'runs', title: run.run }, content);
}

const fact = (name: string, value: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

function steps(progress: ProgressView | null): Html {
  const shards = progress?.shards ?? 0;
  const bar = (name: string, field: 'frozen' | 'scored'): Html =>
    html`<label
      >${name}
      <span
        ><span data-field="${field}">${progress?.[field] ?? 0}</span> of
        <span data-field="shards">${shards}</span> shards</span
      >
      <progress
        data-bar="${field}"
        max="${Math.max(1, shards)}"
        value="${progress?.[field] ?? 0}"
      ></progress
    ></label>`;
  return html`<div class="steps">
    ${bar('Frozen', 'frozen')} ${bar('Scored', 'scored')}
    <p>
      <span data-field="trials">${progress?.trials ?? 0}</span> trials,
      <span data-field="failed">${progress?.failed ?? 0}</span> shards failed
    </p>
  </div>`;
}

const countsTable = (counts: RunCounts): Html =>
  table(
    'What it found',
    [{ head: '' }, { head: 'Trials', className: 'num' }],
    [
      ['in its universe', count(counts.trials)],
      ['scored', count(counts.scored)],
      ['called', count(counts.calls)],
      ['abstained', count(counts.abstained)],
      ['quarantined', count(counts.quarantined)],
    ],
  );

/** What differs between two runs, as `ncfd run diff --output html` shows it. */
export const runsDiffPage = (frame: PageFrame, diff: RunsDiff): string =>
  webPage({ ...frame, part: 'runs', title: 'What differs between two runs' }, diffSections(diff));

/** Asks for a key; nothing of it is kept but in the browser. */
export function signInPage(next: string, wrong: string | null): string {
  const content = html`<h1>Sign in</h1>
    <p class="lede">With a key that <code>ncfd api-key create</code> has made.</p>
    ${wrong === null ? null : html`<div class="wrong" role="alert"><p>${wrong}</p></div>`}
    <form class="filter" method="post" action="/sign-in">
      <input type="hidden" name="next" value="${next}" />
      <label
        >Key
        <input
          type="password"
          name="key"
          required
          maxlength="200"
          autocomplete="current-password"
          autofocus
      /></label>
      <button>Sign in</button>
    </form>`;
  return webPage({ title: 'Sign in', part: 'sign-in', signedIn: null }, content);
}
