import { GATE_IDS } from '../../domain/vocabulary';
import { EVENT } from '../../domain/vocabulary';
import type { PublicationHeader } from '../input';
import type { Summary } from '../summary';
import { EVENT_MEANING, MODE_QUESTIONS } from '../words';
import { html, Html } from './escape';
import { count, counted, day } from '../format';

/** What the run found, in one line, with the facts a reader needs before any number. */
export function headline(header: PublicationHeader, summary: Summary): Html {
  const { counts, parameters } = header;
  return html`<header>
    <p class="eyebrow">
      NCFD publication · ${header.mode}${header.synthetic ? ' · synthetic data' : null}
    </p>
    <h1>${counted(counts.calls, 'call')} among ${counted(counts.trials, 'trial')}</h1>
    <p class="lede">
      <b>p_fail</b> is the probability of the event <code>${EVENT}</code>: ${EVENT_MEANING}. Mode
      <code>${header.mode}</code>: ${MODE_QUESTIONS[header.mode]}
    </p>
    <dl class="tiles">
      ${tile('Calls', counts.calls, `${count(summary.standing.posterior)} by posterior, ${count(summary.standing.stop_rule)} by stop rule`)}
      ${tile('Not called', summary.standing.no_call, `p_fail below ${parameters.value['call.tau'].toFixed(2)}`)}
      ${tile('Abstained', counts.abstained, 'too much is unknown')}
      ${tile('Quarantined', counts.quarantined, 'could not be frozen')}
    </dl>
    <dl class="facts">
      ${fact('As of', day(header.as_of))} ${fact('Facts known before', cutOffRange(summary))}
      ${fact('Data date', dataDates(header))}
      ${fact('Parameter set', `${parameters.id} ${parameters.semver}`)}
      ${fact('Universe', header.universe.rule.replace(/^(list:.{12}).*/, '$1…'))}
    </dl>
  </header> `;
}

const tile = (name: string, value: number, note: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd><b>${count(value)}</b><small>${note}</small></dd>
  </div>`;

const fact = (name: string, value: string | null): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value ?? 'not stated'}</dd>
  </div>`;

function cutOffRange({ earliestCutOff, latestCutOff }: Summary): string | null {
  const [from, to] = [day(earliestCutOff), day(latestCutOff)];
  return from === to ? to : `${from} to ${to}`;
}

/** Days between which the sources published what was read, or null. */
export function dataDates({ sources }: Pick<PublicationHeader, 'sources'>): string | null {
  const from = sources.flatMap((s) => (s.data_from === null ? [] : [s.data_from])).sort()[0];
  const to = sources
    .flatMap((s) => (s.data_to === null ? [] : [s.data_to]))
    .sort()
    .at(-1);
  if (from === undefined || to === undefined) return to ?? from ?? null;
  return day(from) === day(to) ? day(to) : `${day(from)} to ${day(to)}`;
}

/** True when no number of the set was estimated from data. */
const isExpert = ({ parameters }: PublicationHeader): boolean =>
  GATE_IDS.every((id) => parameters.gateLr[id].status === 'expert');

/** What must be known before a number of this page is used. */
export function notices(header: PublicationHeader): Html {
  return html`${header.synthetic ? syntheticNotice : null}${isExpert(header) ? expertNotice(header) : null}${header.parameter_override ? overrideNotice(header) : null}`;
}

const syntheticNotice = html`<aside class="notice synthetic">
  <h2>Synthetic data</h2>
  <p>
    All records, study cards and quotes of this publication were generated, with defects planted on
    purpose. No trial, sponsor or result here is real. The ids are not those of registered trials,
    so they are not linked.
  </p>
</aside> `;

function expertNotice({ parameters }: PublicationHeader): Html {
  const third = parameters.stopLevel.unblinded_subjective_primary_feasible_blinding;
  return html`<aside class="notice">
    <h2>The numbers of set <code>${parameters.id}</code> are not measured</h2>
    <p>
      Its prior, likelihood ratios and stop levels are expert numbers (status <code>expert</code>);
      none was estimated from outcomes. Read the order of the list rather than the size of
      p_fail.${third === null ? null : html` <b>The level ${third.toFixed(2)} of the stop rule “subjective primary endpoint, not blinded although feasible” is not supported by data:</b> of 3,355 phase 3 registry records 69 meet the rule, 5 of those have a known outcome, and none of the 5 missed.`}
    </p>
  </aside> `;
}

const overrideNotice = ({ parameters }: PublicationHeader): Html =>
  html`<aside class="notice">
    <h2>Scored with another set than it was frozen with</h2>
    <p>
      Class tables and the requirement of randomisation are those of the snapshot; everything else
      is of ${parameters.id} ${parameters.semver}.
    </p>
  </aside> `;
