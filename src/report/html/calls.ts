import type { ScoredTrial } from '../../domain/scoring/types';
import { GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import type { PublicationHeader } from '../input';
import { LIMITS } from '../limits';
import type { Standing, Summary } from '../summary';
import type { ScoreRow, ScoreTable } from '../table';
import { caseDetails } from './case';
import { html, Html } from './escape';
import { count, counted, probability, shortened } from '../format';
import { recordText, table, trialLink } from './parts';

interface Place {
  readonly row: ScoreRow;
  readonly rank: number;
}

/** The calls in rank order, the two bases apart, then the trials that follow them. */
export function callSections(
  header: PublicationHeader,
  summary: Summary,
  scores: ScoreTable,
): Html {
  const places = ranked(scores);
  const list = (standing: Exclude<Standing, 'abstain'>) =>
    cases(header, summary.cases[standing].sorted(), places[standing], BOUNDS[standing]);
  const { posterior, stop_rule } = summary.standing;
  const tau = header.parameters.value['call.tau'].toFixed(2);
  return html`<section id="calls">
      <h2>Ranked calls</h2>
      <p>
        A trial is called when p_fail ≥ ${tau}. Calls that evidence raised and calls that a stop
        rule lifted are listed apart, because they must be measured apart. Ranks run over all
        ${counted(scores.ranked, 'scored trial')}. Open a line to see the case.
      </p>
      <h3>By posterior <span class="count">${count(posterior)}</span></h3>
      ${posterior === 0 ? html`<p class="empty">No posterior reaches ${tau}.</p>` : list('posterior')}
      <h3>By stop rule <span class="count">${count(stop_rule)}</span></h3>
      ${stop_rule === 0 ? html`<p class="empty">No stop rule lifted a trial to ${tau}.</p>` : list('stop_rule')}
    </section>
    <section id="next">
      <h2>Next in rank</h2>
      <p>Scored trials below the threshold. They are not calls.</p>
      ${summary.standing.no_call === 0 ? html`<p class="empty">Nothing follows the calls.</p>` : list('no_call')}
    </section> `;
}

/** Rows with their ranks, by how the trial stands. */
function ranked(scores: ScoreTable): Record<Exclude<Standing, 'abstain'>, Place[]> {
  const places = { posterior: [] as Place[], stop_rule: [] as Place[], no_call: [] as Place[] };
  scores.rows.slice(0, scores.ranked).forEach((row, index) => {
    places[standingOfRow(row)].push({ row, rank: index + 1 });
  });
  return places;
}

function standingOfRow(row: ScoreRow): Exclude<Standing, 'abstain'> {
  if (row.decision !== 'call') return 'no_call';
  return row.decision_basis === 'posterior' ? 'posterior' : 'stop_rule';
}

interface ListBounds {
  readonly chars: number;
  readonly rows: number;
  readonly openFirst: boolean;
}
const BOUNDS: Readonly<Record<Exclude<Standing, 'abstain'>, ListBounds>> = {
  posterior: { chars: LIMITS.posteriorChars, rows: LIMITS.callRows, openFirst: true },
  stop_rule: { chars: LIMITS.stopRuleChars, rows: LIMITS.callRows, openFirst: false },
  no_call: { chars: LIMITS.nextChars, rows: LIMITS.nextRows, openFirst: false },
};

/** Cases in full, then a table of the ones that follow, then how many are in the files only. */
function cases(
  header: PublicationHeader,
  first: readonly ScoredTrial[],
  places: readonly Place[],
  bounds: ListBounds,
): Html {
  const full = casesWithin(bounds, header, first, places);
  const listed = places.slice(full.length, full.length + bounds.rows);
  const hidden = places.length - full.length - listed.length;
  return html`${full}${listed.length === 0 ? null : furtherTable(listed, header)}${hidden === 0 ? null : html`<p class="quiet">${count(hidden)} more are in scores.csv; the case of every trial is in evidence.ndjson.</p>`}`;
}

function casesWithin(
  { chars, openFirst }: ListBounds,
  header: PublicationHeader,
  first: readonly ScoredTrial[],
  places: readonly Place[],
): Html[] {
  const full: Html[] = [];
  let used = 0;
  for (const [index, scored] of first.entries()) {
    const open = openFirst && index === 0;
    const details = caseDetails(scored, places[index]?.rank ?? 0, header, open);
    used += details.markup.length;
    if (used > chars && index > 0) break;
    full.push(details);
  }
  return full;
}

function furtherTable(places: readonly Place[], { synthetic }: PublicationHeader): Html {
  return table(
    'Further trials in rank order; their cases are in evidence.ndjson',
    [
      { head: 'Rank' },
      { head: 'Trial', className: 'wide' },
      { head: 'p_fail', className: 'num' },
      { head: 'Fired' },
    ],
    places.map(({ row, rank }) => [
      rank,
      html`${trialLink(row.nct_id, synthetic)}
      ${recordText(shortened(row.brief_title ?? '', LIMITS.titleChars))}`,
      probability(row.p_fail),
      firedOf(row),
    ]),
  );
}

/** Fired gates, or the fired signals when no gate did, and the stop rule. */
function firedOf(row: ScoreRow): string {
  const gates = GATE_IDS.filter((id) => row[id] === 'fired');
  const signals = SIGNAL_IDS.filter((id) => row[id].startsWith('fired'));
  const fired: string[] = gates.length > 0 ? gates : signals;
  const all = row.stop_rules === null ? fired : [...fired, 'stop rule'];
  return all.length === 0 ? '–' : all.join(' ');
}
