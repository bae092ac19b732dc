import type { Explained, ExplainedPart, ExplainedStop } from '../domain/explain/explain';
import type { KeyValue } from '../domain/explain/keys';
import type { ExplainedSignal, ExplainedSource } from '../domain/explain/signal';
import type { Sha256 } from '../domain/manifest/digest';
import type { EvidenceLine } from './evidence';
import { day, logOdds, probability } from './format';
import { printable } from './printable';
import { scoreSteps } from './steps';
import { GATE_NAMES, registryUrl, SIGNAL_NAMES, STOP_RULE_NAMES } from './words';

/** Which publication a case was read from. */
export interface CaseOrigin {
  readonly run: string;
  readonly publication: Sha256;
  readonly published_at: string;
  /** False when the run was not named: it is the newest published one that holds the trial. */
  readonly run_named: boolean;
  readonly code_version: string;
  readonly parameter_set: { readonly id: string; readonly semver: string; readonly sha256: Sha256 };
  /** Whether the manifest says so: the id is then in no registry. */
  readonly synthetic: boolean;
}

/**
 * A score opened for a terminal: each part with its weight and the key that gave it, the signals
 * behind it with value, thresholds and the fields that were read, and what is unknown.
 */
export function explainText(line: EvidenceLine, explained: Explained, origin: CaseOrigin): string {
  return [
    ...headLines(line, origin),
    ...section('From prior to p_fail, in log-odds', partLines(explained, line)),
    ...section('Stop rules', explained.stop.flatMap(stopLines)),
    ...section('Decision', decisionLines(explained)),
    ...section('Fired signals', explained.signals.flatMap(firedLines)),
    ...section('Clear signals', explained.signals.flatMap(clearLines)),
    ...section('Unknown', explained.signals.flatMap(unknownLines)),
    ...section('Registry', [origin.synthetic ? SYNTHETIC : registryUrl(line.nct_id)]),
  ]
    .map((text) => printable(text).trimEnd())
    .join('\n');
}

const SYNTHETIC = 'SYNTHETIC: a made-up trial of a demo; the registry has no such record';

function headLines({ nct_id, context, event }: EvidenceLine, origin: CaseOrigin): string[] {
  const { id, semver, sha256 } = origin.parameter_set;
  const choice = origin.run_named ? '' : ', the newest published run that holds the trial';
  return [
    `${nct_id}  ${context.trial.brief_title ?? '(no title)'}`,
    ...(origin.synthetic ? [SYNTHETIC] : []),
    `event ${event}, mode ${context.mode}, facts known before ${day(context.cut_off)}`,
    `${origin.run}${choice}; published ${origin.published_at}`,
    `parameter set ${id} ${semver} (${sha256.slice(0, 12)}), code ${origin.code_version}`,
  ];
}

const section = (title: string, lines: readonly string[]): string[] => [
  '',
  title,
  ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`)),
];

function partLines(explained: Explained, { audit }: EvidenceLine): string[] {
  const { logit_post, logit_unclamped, p_model, wrong } = explained;
  if (logit_post === null) return [...explained.parts.map(partLine), 'no prior could be formed'];
  const lift = scoreSteps(audit).find(({ kind }) => kind === 'stop');
  const clamped = logit_post === logit_unclamped ? '' : '   moved into /values/logit.bound_*';
  return [
    ...explained.parts.map(partLine),
    `${'p_model'.padEnd(8)}${`= ${logOdds(logit_post)}`.padStart(8)}   p ${probability(p_model)}${clamped}`,
    ...(lift === undefined
      ? []
      : [`p_fail    lifted   p ${probability(lift.probability)}   ${lift.detail}`]),
    wrong === null
      ? `the parts give ${String(logit_post)} exactly (0 ulp)`
      : `STORED ${wrong} IS NOT WHAT THE PARTS GIVE`,
  ];
}

function partLine({ id, state, log_lr, rule, status, keys }: ExplainedPart): string {
  const from = keys.length === 0 ? rule.replaceAll('_', ' ') : `${keysText(keys)} (${status})`;
  const name = id in GATE_NAMES ? `  ${GATE_NAMES[id as keyof typeof GATE_NAMES]}` : '';
  return `${id.padEnd(8)}${logOdds(log_lr).padStart(8)}   ${state.padEnd(8)}${from}${name}`;
}

const keysText = (keys: readonly KeyValue[]): string =>
  keys.map(({ pointer, value }) => `${pointer} ${JSON.stringify(value)}`).join(' × ');

function stopLines({ rule, state, key, facts }: ExplainedStop): string[] {
  const named = `${state.replace('_', ' ').padEnd(8)} ${STOP_RULE_NAMES[rule]}`;
  const lines = [`${named} (${keysText([key])})`];
  return state === 'not_hit' ? lines : [...lines, `         ${JSON.stringify(facts)}`];
}

function decisionLines(explained: Explained): string[] {
  const { decision, risk_class, p_fail, coverage, decision_keys } = explained;
  return [
    `${decision.replace('_', ' ')}, p_fail ${probability(p_fail)}, risk class ${risk_class ?? 'none'}`,
    `gates known ${coverage.gate_coverage}, signals known ${coverage.signal_coverage.toFixed(2)}`,
    ...decision_keys.map((key) => keysText([key])),
  ];
}

function firedLines(signal: ExplainedSignal): string[] {
  if (signal.state !== 'fired') return [];
  return [
    `${signal.id} ${signal.severity}  ${signal.reason}`,
    ...measured(signal),
    ...signal.sources.flatMap(sourceLines),
  ];
}

const clearLines = (signal: ExplainedSignal): string[] =>
  signal.state === 'clear' ? [`${signal.id}    ${signal.reason}`, ...measured(signal)] : [];

function measured({ value, thresholds }: ExplainedSignal): string[] {
  const number = value === null ? [] : [`value ${value}`];
  const keys = thresholds.map((key) => keysText([key]));
  const all = [...number, ...keys];
  return all.length === 0 ? [] : [`      ${all.join(', ')}`];
}

const ORIGINS: Readonly<Record<ExplainedSource['origin'], string>> = {
  registry: 'registry',
  study_card: 'STUDY CARD (not the registry)',
  parameter_table: 'table of the parameter set',
};

function sourceLines(source: ExplainedSource): string[] {
  const version = source.registry_version === null ? [] : [`version ${source.registry_version}`];
  const named = source.registry_version === null ? [source.ref_id] : [];
  const parts = [ORIGINS[source.origin], ...named, ...version, source.pointer];
  const dated = [...parts, day(source.published_at), source.source_url ?? null];
  const where = dated.filter((part) => part !== null).join('  ');
  return [...(source.quote === undefined ? [] : [`      “${source.quote}”`]), `      ${where}`];
}

function unknownLines({ id, state, missing }: ExplainedSignal): string[] {
  if (state !== 'unknown') return [];
  const places = missing.map(({ pointer, problem }) => `${pointer} ${problem}`);
  return [`${id} ${SIGNAL_NAMES[id as keyof typeof SIGNAL_NAMES]}: ${places.join(', ')}`];
}
