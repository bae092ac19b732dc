import type { Attribution } from '../../domain/diff/attribute';
import type { Change } from '../../domain/diff/changed-paths';
import type { Json } from '../../domain/json';
import { probability } from '../format';
import { printable } from '../printable';
import { codeNote, isNothing, type ListedTrial, type RunsDiff } from './model';

/** A difference of runs for a terminal. */
export function diffText(diff: RunsDiff): string {
  if (isNothing(diff)) return `nothing differs: ${diff.counts.both} trials\n${recordsLine(diff)}`;
  const lines = [...headLines(diff), ...diff.trials.flatMap(trialLines), ...restLines(diff)];
  return lines.map((line) => printable(line).trimEnd()).join('\n');
}

function headLines(diff: RunsDiff): string[] {
  const { a, b, counts, code } = diff;
  const note = codeNote(code);
  const moved = counts.moved_by;
  return [
    `A ${a.run}  as of ${a.as_of.slice(0, 10)}  ${a.parameter_set.id} ${a.parameter_set.semver}  ${a.code_version}`,
    `B ${b.run}  as of ${b.as_of.slice(0, 10)}  ${b.parameter_set.id} ${b.parameter_set.semver}  ${b.code_version}`,
    ...(a.synthetic || b.synthetic ? ['synthetic data: no trial here is real'] : []),
    `${counts.differ} of ${counts.both} trials differ; ${counts.entered} entered, ${counts.left} left`,
    recordsLine(diff),
    `moved by data ${moved.data}, by parameters ${moved.parameters}, by code ${moved.code}`,
    ...Object.entries(counts.decisions).map(([change, n]) => `${change}: ${n}`),
    ...diff.parameter_changes.map((change) => `set ${changeText(change)}`),
    ...diff.freezing_keys.map((key) => `${key} acts while freezing; what it does counts as data`),
    ...(note === null ? [] : [note]),
  ];
}

const recordsLine = ({ counts }: RunsDiff): string =>
  `${counts.records_changed} frozen records changed`;

function trialLines(trial: ListedTrial): string[] {
  const { nct_id, title, a, b, rank, states } = trial;
  return [
    '',
    `${nct_id}  ${title ?? '(no title)'}`,
    `  p_fail ${probability(a.p_fail)} → ${probability(b.p_fail)}   ${pair(a.decision, b.decision)}   risk ${pair(a.risk_class ?? 'none', b.risk_class ?? 'none')}   rank ${pair(rank[0] ?? 'none', rank[1] ?? 'none')}`,
    ...partLines('log-odds', trial.logit_post),
    ...partLines('p_fail', trial.p_fail),
    ...Object.entries(states).map(([name, [from, to]]) => `  ${name} ${from} → ${to}`),
    ...trial.parameter_keys.map((change) => `  behind it: set ${changeText(change)}`),
    ...trial.record_fields.map((change) => `  behind it: record ${changeText(change)}`),
    ...(trial.fields_tried < trial.fields_changed
      ? [`  ${trial.fields_changed - trial.fields_tried} more changed places were not tried`]
      : []),
  ];
}

const pair = (from: string | number, to: string | number): string =>
  from === to ? String(from) : `${from} → ${to}`;

function partLines(name: string, parts: Attribution | null): string[] {
  if (parts === null) return [`  ${name}: not attributed, a situation has no such number`];
  const { move, data, parameters, code } = parts;
  return [
    `  ${name.padEnd(8)} ${signed(move)} = data ${signed(data)}, parameters ${signed(parameters)}, code ${signed(code)}`,
  ];
}

function restLines({ counts, trials, entered, left }: RunsDiff): string[] {
  const more = counts.differ - trials.length;
  return [
    ...(more > 0 ? ['', `and ${more} more; --limit shows them`] : []),
    ...listLine('entered', entered, counts.entered),
    ...listLine('left', left, counts.left),
  ];
}

function listLine(name: string, ids: readonly string[], all: number): string[] {
  if (all === 0) return [];
  return [
    '',
    `${name}: ${ids.join(', ')}${all > ids.length ? ` and ${all - ids.length} more` : ''}`,
  ];
}

/** A change in words, each value cut to what a line can hold. */
export const changeText = ({ pointer, before, after }: Change): string =>
  `${pointer} ${valueText(before)} → ${valueText(after)}`;

const VALUE_LENGTH = 60;

function valueText(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  const inner =
    typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
  const text = JSON.stringify(inner);
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text;
}

/** A signed number with six decimals; 0 has no sign. */
export const signed = (value: number): string =>
  value === 0 ? '0' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(6)}`;
