import type { RepositoryFiles } from './repository-files';

/** What the checks look at. Everything of the world is in here, so that they are pure. */
export interface CicdContext {
  readonly files: RepositoryFiles;
  /** Variables that the program reads. */
  readonly knownVariables: ReadonlySet<string>;
  /** What bash says of a script that it cannot parse; null for one that it can. */
  readonly bashProblem: (file: string, text: string) => string | null;
}

export type CicdStatus = 'ok' | 'failed';

export interface CicdResult {
  readonly id: string;
  readonly title: string;
  readonly status: CicdStatus;
  /** One sentence for a table: what was looked at, or the first problem and how many more. */
  readonly reason: string;
  /** Each names its file. */
  readonly problems: readonly string[];
}

/** What a check found. */
export interface Finding {
  /** What was looked at, as words: "3 workflows". */
  readonly seen: string;
  readonly problems: readonly string[];
}

export interface CicdCheck {
  readonly id: string;
  readonly title: string;
  /** Null: there is nothing of the kind to look at, without which a checkout is not whole. */
  readonly look: (context: CicdContext) => Finding | null;
}

export function runCheck({ id, title, look }: CicdCheck, context: CicdContext): CicdResult {
  const finding = look(context);
  const { seen, problems } = finding ?? { seen: '', problems: ['there is none in this checkout'] };
  const [first] = problems;
  if (first === undefined) return { id, title, status: 'ok', reason: seen, problems };
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return { id, title, status: 'failed', reason: `${first}${more}`, problems };
}

/** "1 file", "2 files". */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
