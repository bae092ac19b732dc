import { readFileSync } from 'node:fs';
import { isJsonObject } from '../../domain/json';
import { NcfdError } from '../../contracts/errors';

/** One line of workflow code and the function around it. */
interface Line {
  readonly file: string;
  readonly around: string;
  readonly text: string;
}

/** Finds places in the workflow code of a bundle by its source map. */
export interface CodePlaces {
  /** `workflows/run.ts publishedRun`, for each function that uses one of the names. */
  using(names: readonly string[]): readonly string[];
  /** The innermost of our functions in a stack of the sandbox. */
  inStack(stack: string): readonly string[];
}

const MAX_PLACES = 4;

/** @throws NcfdError `BadInputFile` when the file is no workflow bundle */
export function codePlaces(bundleFile: string): CodePlaces {
  const lines = sourcesOf(bundleFile).flatMap(({ file, text }) => linesOf(file, text));
  return {
    using: (names) => {
      const uses = names.map(
        (name) => new RegExp(`\\b${escaped(name)}\\)?(?:\\.executeWithOptions)?\\(`),
      );
      const found = uses.flatMap((use) => lines.filter(({ text }) => use.test(text)));
      return [...new Set(found.map(({ file, around }) => `${file} ${around}`.trim()))].slice(
        0,
        MAX_PLACES,
      );
    },
    inStack: (stack) => {
      const frame = /at (\S+) \(\S*?(workflows\/[\w-]+)\.[jt]s:\d+/.exec(stack);
      return frame === null ? [] : [`${frame[2] ?? ''}.ts ${frame[1] ?? ''}`];
    },
  };
}

function sourcesOf(bundleFile: string): { readonly file: string; readonly text: string }[] {
  const map = sourceMapIn(readText(bundleFile));
  if (map === null) {
    throw new NcfdError('BadInputFile', `${bundleFile}: this is no workflow bundle`, {
      hint: 'Give the dist/workflow-bundle.js that the build of the candidate made.',
    });
  }
  return map.sources.flatMap((name, i) => {
    const file = /(?:^|\/)(workflows\/[\w-]+)\.[jt]s$/.exec(name)?.[1];
    const text = map.contents[i];
    const ours = file !== undefined && !name.includes('node_modules');
    return ours && typeof text === 'string' ? [{ file: `${file}.ts`, text }] : [];
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new NcfdError('BadInputFile', `${file}: the bundle cannot be read`, {
      hint: 'Check the path; `npm run build` makes dist/workflow-bundle.js.',
      cause,
    });
  }
}

function sourceMapIn(
  code: string,
): { readonly sources: readonly string[]; readonly contents: readonly unknown[] } | null {
  const inlined = /\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(\S+)/.exec(code)?.[1];
  try {
    const map: unknown = JSON.parse(Buffer.from(inlined ?? '', 'base64').toString('utf8'));
    if (!isJsonObject(map) || !Array.isArray(map.sources)) return null;
    const contents: unknown = map.sourcesContent;
    return { sources: map.sources.map(String), contents: Array.isArray(contents) ? contents : [] };
  } catch {
    return null;
  }
}

/** Lines with the function that each stands in, told by the indentation of the formatted code. */
function linesOf(file: string, text: string): Line[] {
  let around = '';
  return text.split('\n').map((line) => {
    const named =
      /^(?:export )?(?:async )?function (\w+)/.exec(line) ??
      /^ {2,4}(?:async )?(#?\w+)\(.*\{$/.exec(line) ??
      /^(?:export )?const (\w+) =/.exec(line);
    const name = named?.[1];
    if (name !== undefined && !KEYWORDS.has(name)) around = name;
    return { file, around, text: line };
  });
}

const KEYWORDS = new Set(['if', 'for', 'while', 'switch', 'catch']);

const escaped = (name: string): string => name.replaceAll(/[^\w]/g, '\\$&');
