import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(__dirname, '../../../deploy/runbooks');
const BLOCK = /^( *)```(\S*) ?(\w*)\n([^]*?)^\1```$/gm;

/** A line of a block of a page, as somebody types it. */
export interface Command {
  readonly page: string;
  readonly text: string;
  /** Needs what a test does not have: it is only parsed. */
  readonly example: boolean;
}

interface Runbooks {
  readonly commands: readonly Command[];
  /** Blocks that are not marked as `sh`, by page. */
  readonly unmarked: readonly string[];
  /** Commands of ncfd that stand in the words of a page. */
  readonly mentioned: readonly Command[];
}

/** Reads all pages. */
export function readRunbooks(): Runbooks {
  const pages = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((page) => ({ page, text: readFileSync(path.join(FOLDER, page), 'utf8') }));
  const blocks = pages.flatMap(({ page, text }) =>
    [...text.matchAll(BLOCK)].map(([, , kind = '', mark = '', body = '']) => ({
      ...{ page, kind, body },
      example: mark === 'example',
    })),
  );
  return {
    commands: blocks.flatMap(({ page, body, example }) =>
      linesOf(body).map((text) => ({ page, text, example })),
    ),
    unmarked: blocks.filter(({ kind }) => kind !== 'sh').map(({ page }) => page),
    mentioned: pages.flatMap(({ page, text }) =>
      [...text.replaceAll(BLOCK, '').matchAll(/`(ncfd [^`]+)`/g)].map(([, words = '']) => ({
        ...{ page, text: words },
        example: true,
      })),
    ),
  };
}

const linesOf = (body: string): string[] =>
  body
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
