import type { EvaluatedBundle } from '../../domain/evaluate/bundle';
import { canonicalJson, canonicalLine } from '../../domain/manifest/canonical-json';
import { GATE_IDS, SIGNAL_IDS } from '../../domain/vocabulary';
import { SCHEMA_VERSION } from '../output';

/** Writes results one by one, so that any number of bundles needs the memory of one. */
export interface ResultWriter {
  next(result: EvaluatedBundle): string;
  end(): string;
}

export function writerOf(format: 'text' | 'json' | 'jsonl'): ResultWriter {
  if (format === 'jsonl') return { next: (result) => canonicalLine(result), end: () => '' };
  if (format === 'text') return { next: (result) => `${sentence(result)}\n`, end: () => '' };
  let count = 0;
  const open = (): string => `{"schemaVersion":${SCHEMA_VERSION},"results":[\n`;
  return {
    next: (result) => `${count++ === 0 ? open() : ',\n'}${canonicalJson(result)}`,
    end: () => `${count === 0 ? open() : '\n'}]}\n`,
  };
}

/** `a: no_call, p_fail 0.198; fired S8 M; unknown S1 S2; gates none; 1 input issue(s)`. */
function sentence({ id, signals, gates, score, input_issues }: EvaluatedBundle): string {
  const fired = SIGNAL_IDS.flatMap((name) => {
    const signal = signals[name];
    return signal.state === 'fired' ? [`${name} ${signal.severity}`] : [];
  });
  const unknown = SIGNAL_IDS.filter((name) => signals[name].state === 'unknown');
  const fires = GATE_IDS.filter((name) => gates[name].state === 'fired');
  const issues = input_issues.length;
  return [
    `${typeof id === 'string' ? id : JSON.stringify(id)}: ${score.decision}, p_fail ${shown(score.p_fail)}`,
    `fired ${fired.join(' ') || 'none'}`,
    `unknown ${unknown.join(' ') || 'none'}`,
    `gates ${fires.join(' ') || 'none'}`,
    ...(issues > 0 ? [`${issues} input issue(s)`] : []),
  ].join('; ');
}

const shown = (p: number | null): string => (p === null ? 'none' : p.toFixed(3));
