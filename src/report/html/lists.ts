import type { ScoredTrial } from '../../domain/scoring/types';
import { GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import type { PublicationHeader, SourceAttribution } from '../input';
import { LIMITS } from '../limits';
import type { Summary } from '../summary';
import { titleOf } from './case';
import { html, Html } from './escape';
import { count, counted, shortened } from '../format';
import { link, recordText, table, trialLink } from './parts';

/** The trials without a number that counts: abstentions, quarantined ones, and those left out. */
export function outsideSections(header: PublicationHeader, summary: Summary): Html {
  return html`<section id="abstained">
      <h2>Abstained <span class="count">${count(summary.standing.abstain)}</span></h2>
      ${abstained(header, summary)}
    </section>
    <section id="quarantined">
      <h2>Quarantined <span class="count">${count(header.quarantined.length)}</span></h2>
      ${quarantined(header)}
    </section>
    <section id="universe">
      <h2>Universe</h2>
      ${universe(header)}
    </section> `;
}

function abstained(header: PublicationHeader, summary: Summary): Html {
  const all = summary.standing.abstain;
  if (all === 0) return html`<p class="empty">No trial was abstained from.</p>`;
  const least = header.parameters.value['abstain.gate_coverage_min'];
  const hidden = all - summary.abstained.length;
  const columns = [
    { head: 'Trial', className: 'wide' },
    { head: 'Gates unknown' },
    { head: 'What was missing', className: 'wide' },
  ] as const;
  return html`<p>
      An abstention is an answer: fewer than ${Math.round(least * 100)} % of the gates could be
      read, or no prior could be formed, and no stop rule was hit.
    </p>
    ${table(
      'Abstentions by trial id',
      columns,
      summary.abstained.map((scored) => [
        html`${trialLink(scored.nct_id, header.synthetic)} ${recordText(titleOf(scored))}`,
        gatesUnknown(scored),
        missingOf(scored),
      ]),
    )}${hidden === 0 ? null : html`<p class="quiet">${count(hidden)} more are at the end of scores.csv.</p>`}`;
}

function gatesUnknown({ gates }: ScoredTrial): string {
  const unknown = GATE_IDS.filter((id) => gates[id].state === 'unknown');
  return unknown.length === 0 ? 'none' : unknown.join(' ');
}

function missingOf({ score, signals }: ScoredTrial): Html {
  const prior = score.prior_pi === null ? html`no prior (${score.prior.key}); ` : null;
  const items = SIGNAL_IDS.flatMap((id) => {
    const signal = signals[id];
    if (signal.state !== 'unknown') return [];
    const [first] = signal.missing;
    const more = signal.missing.length - 1;
    return [
      html`<span class="miss"
        ><b>${id}</b> <code>${first?.pointer ?? ''}</code>${more > 0 ? ` +${more}` : null}</span
      > `,
    ];
  });
  return html`${prior}${items}`;
}

function quarantined({ quarantined: all, synthetic }: PublicationHeader): Html {
  if (all.length === 0) return html`<p class="empty">No trial was quarantined.</p>`;
  const shown = all.slice(0, LIMITS.quarantinedRows);
  const hidden = all.length - shown.length;
  return html`<p>Trials of the universe that could not be frozen. They have no score.</p>
    ${table(
      'Quarantined trials by id',
      [{ head: 'Trial' }, { head: 'Code' }, { head: 'Reason', className: 'wide' }],
      shown.map(({ nct_id, code, message }) => [
        trialLink(nct_id, synthetic),
        html`<code>${code}</code>`,
        recordText(shortened(message, LIMITS.textChars)),
      ]),
    )}${hidden === 0 ? null : html`<p class="quiet">${count(hidden)} more are in manifest.json.</p>`}`;
}

function universe({ universe: { rule, left_out }, counts }: PublicationHeader): Html {
  const clauses = Object.entries(left_out).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = html`<p>
    The rule <code>${rule}</code> chose ${counted(counts.trials, 'trial')}: ${count(counts.scored)}
    scored, ${count(counts.abstained)} abstained, ${count(counts.quarantined)} quarantined.
  </p>`;
  if (clauses.length === 0) return text;
  return html`${text}
  ${table(
    'Trials that each clause of the rule left out',
    [{ head: 'Clause' }, { head: 'Trials', className: 'num' }],
    clauses
      .slice(0, LIMITS.leftOutRows)
      .map(([clause, n]) => [clause.replace(/_/g, ' '), count(n)]),
  )}`;
}

/** Where the text comes from, what was done to it, and by which code and numbers. */
export function sourceSection(header: PublicationHeader): Html {
  const { parameters } = header;
  return html`<section id="sources">
    <h2>Sources and method</h2>
    ${header.sources.map((source) => attribution(source, header.synthetic))}
    <p>
      p_model = 1/(1 + e<sup>−x</sup>), where x is the log-odds of the prior plus the logarithm of
      the likelihood ratio of each fired gate. p_fail is p_model, or the level of a stop rule that
      was hit if that is higher. A signal whose inputs are missing is unknown; it never fires. The
      page was made without outcomes, so it makes no statement of accuracy.
    </p>
    <p>
      Beside this page: <code>scores.csv</code> and <code>scores.parquet</code> (every trial),
      <code>evidence.ndjson</code> (every signal, gate, quote and audit record),
      <code>manifest.json</code> (digests). Each score can be repeated from its audit record bit for
      bit.
    </p>
    <dl class="digests">
      <div>
        <dt>Parameter set</dt>
        <dd>
          ${parameters.id} ${parameters.semver} <code>${parameters.sha256}</code
          ><br />${parameters.description}
        </dd>
      </div>
      <div>
        <dt>Snapshot</dt>
        <dd><code>${header.snapshot_sha256}</code></dd>
      </div>
      <div>
        <dt>Code</dt>
        <dd><code>${header.code_version}</code></dd>
      </div>
    </dl>
  </section> `;
}

/** What the registry asks of those who use its text: its name, its date, and that it was changed. */
function attribution(source: SourceAttribution, synthetic: boolean): Html {
  if (synthetic)
    return html`<p>
      All text about trials was generated in the format of ${source.name}; none of it comes from
      there.
    </p>`;
  return html`<p>
    Text about trials comes from ${link(source.url, source.name)} (${source.note}; data date
    ${range(source)}) and was modified: fields were extracted, normalised, shortened and combined
    with computed scores. The source does not endorse this page.
  </p>`;
}

function range({ data_from, data_to }: SourceAttribution): string {
  if (data_from === null || data_to === null) return data_to ?? data_from ?? 'not stated';
  return data_from === data_to ? data_to : `${data_from} to ${data_to}`;
}
