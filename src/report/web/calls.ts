import { AREAS, GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import { count, counted, day, probability, shortened } from '../format';
import { html, type Html } from '../html/escape';
import { recordText, stateChip, table } from '../html/parts';
import type { ScoreRow } from '../table';
import { GATE_NAMES } from '../words';
import { webPage, type Frame } from './frame';

/** A page of scores, as `/v1/publications/{publication}/scores` gives it. */
export interface ScoresView {
  readonly publication: string;
  readonly run: string;
  readonly mode: string;
  readonly trials: number;
  readonly matched: number;
  readonly items: readonly (ScoreRow & { readonly rank: number | null })[];
  readonly next: string | null;
}

export interface CallsFilter {
  readonly mode?: string | undefined;
  readonly decision?: string | undefined;
  readonly gate?: string | undefined;
  readonly area?: string | undefined;
  readonly text?: string | undefined;
}

const TITLE_CHARS = 140;

/** The trials of a publication in rank order. */
export function callsPage(
  frame: Omit<Frame, 'title' | 'part'>,
  view: ScoresView,
  filter: CallsFilter,
  published: { readonly at: string; readonly asOf: string; readonly synthetic: boolean },
): string {
  const title = filter.decision === 'call' ? 'Ranked calls' : 'Ranked trials';
  const content = html`<p class="eyebrow">
      ${view.mode} · as of ${day(published.asOf)} · published
      ${day(published.at)}${published.synthetic ? ' · synthetic data' : null}
    </p>
    <h1>${title}</h1>
    <p class="lede">
      ${counted(view.matched, 'trial')} of ${count(view.trials)}.
      <b>p_fail</b> is the probability that no primary endpoint reaches its pre-set significance at
      the first readout.
    </p>
    ${filterForm(filter)}
    ${view.items.length === 0 ? html`<p class="empty">No trial fits.</p>` : ranked(view)}
    ${view.next === null ? null : html`<p class="pager"><a rel="next" href="/?${query({ ...filter, cursor: view.next })}">Next trials</a></p>`}
    <p class="quiet">
      Publication <code>${view.publication}</code>, run <code>${view.run}</code>.
    </p>`;
  return webPage({ ...frame, part: 'calls', title }, content);
}

/** What a filter says, as the query of an address. */
export function query(given: Readonly<Record<string, string | undefined>>): string {
  const said = Object.entries(given).filter(([, value]) => value !== undefined && value !== '');
  return new URLSearchParams(said as [string, string][]).toString();
}

function filterForm(filter: CallsFilter): Html {
  const option = (chosen: string | undefined, value: string, text: string): Html =>
    html`<option value="${value}" ${chosen === value ? html`selected` : null}>${text}</option>`;
  const any = (chosen: string | undefined) => option(chosen ?? '', '', 'any');
  return html`<form class="filter" method="get" action="/" role="search" aria-label="Trials">
    <label
      >Question
      <select name="mode">
        ${option(filter.mode, 'post_readout', 'is the readout credible?')}
        ${option(filter.mode, 'pre_readout', 'will it miss?')}
      </select></label
    >
    <label
      >Decision
      <select name="decision">
        ${any(filter.decision)} ${option(filter.decision, 'call', 'call')}
        ${option(filter.decision, 'no_call', 'no call')}
        ${option(filter.decision, 'abstain', 'abstain')}
      </select></label
    >
    <label
      >Fired gate
      <select name="gate">
        ${any(filter.gate)}
        ${GATE_IDS.map((id) => option(filter.gate, id, `${id} ${GATE_NAMES[id]}`))}
      </select></label
    >
    <label
      >Area
      <select name="area">
        ${any(filter.area)}
        ${AREAS.map((area) => option(filter.area, area, area.replaceAll('_', ' ')))}
      </select></label
    >
    <label
      >Id or title <input type="search" name="text" maxlength="100" value="${filter.text ?? ''}"
    /></label>
    <button>Show</button>
  </form>`;
}

function ranked({ items, publication }: ScoresView): Html {
  return table(
    'In rank order; abstentions follow by id',
    [
      { head: 'Rank' },
      { head: 'Trial', className: 'wide' },
      { head: 'p_fail', className: 'num' },
      { head: 'Fired' },
    ],
    items.map((row) => [
      row.rank === null ? '–' : row.rank,
      html`<a href="/trials/${row.nct_id}?publication=${publication}"
          >${recordText(shortened(row.brief_title ?? '(no title)', TITLE_CHARS))}</a
        ><small>${facts(row)}</small>`,
      html`${row.decision === 'call' ? html`<span class="call-mark">${probability(row.p_fail)}</span>` : probability(row.p_fail)}<small
          >${row.decision.replace('_', ' ')}</small
        >`,
      html`<span class="chips">${fired(row)}</span>`,
    ]),
    'ranked',
  );
}

const facts = (row: ScoreRow): string =>
  [
    row.nct_id,
    row.phase === null ? null : `phase ${row.phase}`,
    row.area.replaceAll('_', ' '),
    row.sponsor_class,
  ]
    .filter((fact) => fact !== null)
    .join(' · ');

/** Fired gates, or the fired signals when no gate did, and the stop rule. */
function fired(row: ScoreRow): Html[] {
  const gates = GATE_IDS.filter((id) => row[id] === 'fired').map((id) => stateChip(id, 'fired'));
  const signals = SIGNAL_IDS.flatMap((id) => {
    const severity = /^fired:([HML])$/.exec(row[id])?.[1];
    return severity === undefined ? [] : [stateChip(id, 'fired', severity as 'H' | 'M' | 'L')];
  });
  const stop = row.stop_rules === null ? [] : [html`<span class="chip stop">stop rule</span>`];
  return [...(gates.length > 0 ? gates : signals), ...stop];
}
