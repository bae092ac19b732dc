import type { JsonObject } from '../../domain/json';
import type { FileOutcome } from '../../ingest/ingest';
import { addCounts, NO_COUNTS } from '../../ingest/totals';
import type { RejectedItem } from '../../ports/trial-store';
import { grouped } from '../progress';

/** `cards.ndjson:3 NCT99000001 /arms/t/n out_of_range: …`. */
export function problemLine(item: RejectedItem): string {
  const line = item.line === null ? '' : `:${item.line}`;
  const names = [item.study_id ?? item.nct_id, item.pointer].filter(Boolean).join(' ');
  return `${item.source}${line}${names === '' ? '' : ` ${names}`} ${item.code}: ${item.message}`;
}

export interface ImportSummary {
  readonly object: JsonObject;
  readonly text: string;
  /** Whether something was refused or broke off. */
  readonly partial: boolean;
}

/** Totals over all files and a line per file. */
export function importSummary(outcomes: readonly FileOutcome[]): ImportSummary {
  const sum = (of: (outcome: FileOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const counts = outcomes.map(({ report }) => report.counts).reduce(addCounts, NO_COUNTS);
  const totals = {
    read: sum(({ report }) => report.read),
    ...counts,
    rejected: sum(({ report }) => report.rejected),
    warnings: sum(({ warnings }) => warnings),
    failed: sum(({ failure }) => (failure === null ? 0 : 1)),
  };
  const sources = outcomes.map(({ report, warnings, failure }) => ({
    source: report.source,
    source_sha256: report.source_sha256,
    read: report.read,
    ...report.counts,
    rejected: report.rejected,
    warnings,
    unknown_enums: report.unknown_enums,
    failure: failure === null ? null : { code: failure.code, message: failure.message },
  }));
  return {
    object: { ...totals, sources },
    text: sources.map(fileLine).join('\n'),
    partial: totals.rejected > 0 || totals.failed > 0,
  };
}

type FileTotals = JsonObject & { readonly source: string };

function fileLine(file: FileTotals): string {
  const parts = ['trials', 'versions', 'cards', 'catalysts', 'unchanged', 'rejected', 'warnings']
    .filter((name) => file[name] !== 0)
    .map((name) => `${grouped(file[name] as number)} ${WORDS[name] ?? name}`);
  return `${file.source}: ${parts.join(', ') || 'nothing'}`;
}

const WORDS: Readonly<Record<string, string>> = {
  trials: 'new trials',
  versions: 'new versions',
  cards: 'new cards',
  catalysts: 'new catalyst rows',
  unchanged: 'unchanged',
  rejected: 'refused',
};
