import type { SignalId, StopRuleId } from '../../domain/vocabulary';
import { GATE_IDS, SIGNAL_IDS, STOP_RULE_IDS } from '../../domain/vocabulary';
import { ln } from '../../domain/math/exp-log';
import type { PublicationHeader } from '../input';
import { LIMITS } from '../limits';
import type { Summary } from '../summary';
import { P_FAIL_BINS } from '../summary';
import { GATE_LOGIC, GATE_NAMES, SIGNAL_NAMES, STOP_RULE_NAMES } from '../words';
import { html, Html } from './escape';
import { count, counted } from '../format';
import type { BarSegment } from './parts';
import { segmentBar, table } from './parts';

/** The run as a whole: where p_fail lies, what fired, what is known and what is missing. */
export function overview(header: PublicationHeader, summary: Summary): Html {
  return html`<section id="overview">
    <h2>The run as a whole</h2>
    <div class="grid">
      <div>${distribution(header, summary)}</div>
      <div>${signalStates(summary)} ${gateStates(summary)}</div>
    </div>
    ${stopRules(summary)}
    <h3>Coverage</h3>
    <p>${counted(summary.lowCertainty, 'trial')} used a defaulted input that lowers certainty.</p>
    <div class="grid">
      <div>${knownTable('Signals known', summary.signalsKnown, summary.trials)}</div>
      <div>${knownTable('Gates known', summary.gatesKnown, summary.trials)}</div>
    </div>
    ${missingTable(summary)}
  </section> `;
}

function distribution({ parameters }: PublicationHeader, { pFailBins, standing }: Summary): Html {
  const totals = pFailBins.map((bin) => bin.posterior + bin.stop_rule + bin.no_call);
  const most = Math.max(1, ...totals);
  const rows = pFailBins.map((bin, index) => {
    const total = totals[index] ?? 0;
    const length = total === 0 ? 0 : ln(1 + total) / ln(1 + most);
    const part = (className: string, n: number): BarSegment => ({
      className,
      share: total === 0 ? 0 : (length * n) / total,
    });
    const bar = segmentBar([
      part('no_call', bin.no_call),
      part('posterior', bin.posterior),
      part('stop_rule', bin.stop_rule),
    ]);
    return [binLabel(index), bar, total === 0 ? '·' : count(total)];
  });
  const caption = html`<b>Distribution of p_fail</b> over
    ${counted(standing.posterior + standing.stop_rule + standing.no_call, 'scored trial')};
    abstentions are not counted. Bar length grows with the logarithm of the number. Threshold of a
    call: ${parameters.value['call.tau'].toFixed(2)}.
    ${legend(['no_call', 'not called'], ['posterior', 'call by posterior'], ['stop_rule', 'call by stop rule'])}`;
  const columns = [
    { head: 'p_fail from' },
    { head: '', className: 'bar' },
    { head: 'Trials', className: 'num' },
  ] as const;
  return table(caption, columns, rows, 'bins');
}

const binLabel = (index: number): string => (index / P_FAIL_BINS).toFixed(2);

const legend = (...items: readonly (readonly [string, string])[]): Html =>
  html`<span class="legend"
    >${items.map(([className, text]) => html`<span><i class="${className}"></i>${text}</span> `)}</span
  >`;

const STATE_COLUMNS = [
  { head: '', className: 'bar' },
  { head: 'Fired', className: 'num' },
  { head: 'Clear', className: 'num' },
  { head: 'Unknown', className: 'num' },
] as const;
const STATE_LEGEND = legend(
  ['high', 'fired (paler: lower severity)'],
  ['clear', 'clear'],
  ['unknown', 'unknown'],
);

function signalStates({ signals, trials }: Summary): Html {
  const rows = SIGNAL_IDS.map((id) => {
    const { H, M, L, clear, unknown } = signals[id];
    const severities = [
      ['high', H],
      ['medium', M],
      ['low', L],
      ['clear', clear],
      ['unknown', unknown],
    ] as const;
    const bar = shares(severities, trials);
    const split =
      H + M + L === 0 ? null : html` <small>${H} H, ${M} M${L === 0 ? null : `, ${L} L`}</small>`;
    return [
      named(id, SIGNAL_NAMES[id]),
      bar,
      html`${count(H + M + L)}${split}`,
      count(clear),
      count(unknown),
    ];
  });
  const caption = html`<b>Signals by state</b> ${STATE_LEGEND}`;
  return table(caption, [{ head: 'Signal', className: 'wide' }, ...STATE_COLUMNS], rows, 'states');
}

function gateStates({ gates, trials }: Summary): Html {
  const rows = GATE_IDS.map((id) => {
    const { fired, clear, unknown } = gates[id];
    const bar = shares(
      [
        ['high', fired],
        ['clear', clear],
        ['unknown', unknown],
      ],
      trials,
    );
    const name = html`${named(id, GATE_NAMES[id])} <small>${GATE_LOGIC[id]}</small>`;
    return [name, bar, count(fired), count(clear), count(unknown)];
  });
  const caption = html`<b>Gates by state</b> ${STATE_LEGEND}`;
  return table(caption, [{ head: 'Gate', className: 'wide' }, ...STATE_COLUMNS], rows, 'states');
}

const named = (id: string, name: string): Html => html`<b>${id}</b> ${name}`;

const shares = (parts: readonly (readonly [string, number])[], all: number): Html =>
  segmentBar(parts.map(([className, n]) => ({ className, share: all === 0 ? 0 : n / all })));

function stopRules({ stop }: Summary): Html {
  const rows = STOP_RULE_IDS.map((id: StopRuleId) => {
    const { hit, not_hit, unknown, level } = stop[id];
    return [
      html`${STOP_RULE_NAMES[id]} <small><code>${id}</code></small>`,
      level === null ? 'none' : level.toFixed(2),
      count(hit),
      count(not_hit),
      count(unknown),
    ];
  });
  const columns = [
    { head: 'Rule', className: 'wide' },
    { head: 'Level', className: 'num' },
    { head: 'Hit', className: 'num' },
    { head: 'Not hit', className: 'num' },
    { head: 'Unknown', className: 'num' },
  ] as const;
  return table(html`<b>Stop rules</b>`, columns, rows);
}

function knownTable(name: string, counts: readonly number[], trials: number): Html {
  const rows = counts.map((n, known) => [
    `${known} of ${counts.length - 1}`,
    shares([['clear', n]], trials),
    n === 0 ? '·' : count(n),
  ]);
  return table(
    html`<b>${name}</b> per trial`,
    [{ head: 'Known' }, { head: '', className: 'bar' }, { head: 'Trials', className: 'num' }],
    rows,
    'bins',
  );
}

function missingTable({ missing, trials }: Summary): Html {
  const order = [...missing].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  if (order.length === 0) return html`<p class="empty">No signal is unknown for any trial.</p>`;
  const rows = order.slice(0, LIMITS.missingRows).map(([key, n]) => {
    const [id, pointer, problem] = key.split(' ') as [SignalId, string, string];
    const bar = shares([['unknown', n]], trials);
    return [html`<b>${id}</b> <code>${pointer}</code>`, problem.replace('_', ' '), bar, count(n)];
  });
  const left = order.length - rows.length;
  const caption = html`<b>What is missing most often</b>: inputs that left a signal
    unknown${left === 0 ? null : `; ${count(left)} rarer ones are in evidence.ndjson`}`;
  const columns = [
    { head: 'Signal and input', className: 'wide' },
    { head: 'Problem' },
    { head: '', className: 'bar' },
    { head: 'Trials', className: 'num' },
  ] as const;
  return table(caption, columns, rows, 'states');
}
