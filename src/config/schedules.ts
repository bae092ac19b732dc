import { readFileSync, statSync } from 'node:fs';
import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod/v4';
import { messageOf, NcfdError } from '../contracts/errors';
import type { ScheduleDefinition } from '../contracts/schedule';
import { unsureAtClockChange } from '../domain/schedules/clock-changes';
import { MS_PER_DAY } from '../domain/time/calendar';
import { definitionOf, SchedulesFile } from './schedules-schema';
import { shippedPath } from './shipped';
import { offsetsOf } from './time-zone';

/** No honest file comes near; a larger one is not read at all. Bytes. */
const MAX_FILE = 256 * 1_024;
/** How many problems a message names; the rest is counted. */
const PROBLEMS_SHOWN = 20;

/** How far ahead changes of clocks are looked for: zones change by the same rule each year. */
const CHANGES_AHEAD_MS = 2 * 365 * MS_PER_DAY;

/** As the schema tells it, of what it looks at. */
type Issue =
  | z.core.$ZodIssue
  | { readonly code: 'custom'; readonly message: string; readonly path: PropertyKey[] };

interface Problem {
  /** `line:column`, or null when it has no place. */
  readonly at: { readonly line: number; readonly column: number } | null;
  readonly message: string;
}

/**
 * Reads and checks the schedules of a file; by default `config/schedules.yaml` of this package.
 *
 * @throws NcfdError `BadSchedules` with every problem and its place, `BadInputFile`
 */
export function readSchedules(file: string = defaultSchedulesFile()): ScheduleDefinition[] {
  return parseSchedules(readText(file), file);
}

/** As `readSchedules`, from a text; `name` is what messages call it. */
export function parseSchedules(text: string, name: string): ScheduleDefinition[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', version: '1.2' });
  const broken = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    at: placeAt(lines, pos[0]),
    // The library's message goes on with a picture of the line.
    message: message.split(/ at line \d+/)[0] ?? message,
  }));
  if (broken.length > 0) throw refusal(name, broken);
  const parsed = SchedulesFile.safeParse(plainValue(document, name));
  const definitions = parsed.success ? parsed.data.schedules.map(definitionOf) : [];
  const issues = parsed.success ? unsureTimes(definitions) : parsed.error.issues;
  if (issues.length === 0) return definitions;
  throw refusal(
    name,
    issues.map((issue) => problemOf(document, lines, issue)),
  );
}

/** Calendars that have no sure meaning on some day of the years to come. */
function unsureTimes(definitions: readonly ScheduleDefinition[]): Issue[] {
  const fromMs = Date.now();
  const span = { fromMs, toMs: fromMs + CHANGES_AHEAD_MS };
  return definitions.flatMap(({ when }, index) => {
    const why = unsureAtClockChange(when, offsetsOf(when.timeZone), span);
    if (why === null) return [];
    const message = `${why}; take UTC, another hour, or \`every\``;
    return [{ code: 'custom' as const, message, path: ['schedules', index, 'when'] }];
  });
}

/** `config/schedules.yaml` of this package. */
export function defaultSchedulesFile(): string {
  const file = shippedPath('config', 'schedules.yaml');
  if (file !== null) return file;
  throw new NcfdError('Bug', 'config/schedules.yaml is not part of this installation');
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE) throw new Error(`${size} bytes; at most ${MAX_FILE} are read`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new NcfdError('BadInputFile', `${file}: cannot be read (${messageOf(cause)})`, {
      hint: 'Give the path of a file like config/schedules.yaml.',
      cause,
    });
  }
}

/** The document as plain values. References are refused: a few lines of them unfold to gigabytes. */
function plainValue(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw refusal(name, [{ at: null, message: `aliases (*name) are not read` }], cause);
  }
}

function problemOf(document: Document.Parsed, lines: LineCounter, issue: Issue): Problem {
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const where = [...issue.path, ...keys.slice(0, 1)].map(String);
  const message = keys.length > 0 ? `unknown: ${keys.join(', ')}` : issue.message;
  return {
    at: placeOf(document, lines, issue.path.map(String), keys[0]),
    message: `${where.join('.')}: ${message}`,
  };
}

/** Place of the value at a path; of what is missing, that of the nearest thing around it. */
function placeOf(
  document: Document.Parsed,
  lines: LineCounter,
  where: readonly string[],
  key?: string,
): Problem['at'] {
  for (let depth = where.length; depth >= 0; depth -= 1) {
    const node: unknown =
      depth === 0 ? document.contents : document.getIn(where.slice(0, depth), true);
    if (!isNode(node)) continue;
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === key) : undefined;
    const range = isNode(pair?.key) ? pair.key.range : node.range;
    if (range) return placeAt(lines, range[0]);
  }
  return null;
}

function placeAt(lines: LineCounter, offset: number): Problem['at'] {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function refusal(name: string, problems: readonly Problem[], cause?: unknown): NcfdError {
  const sorted = [...problems].sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0));
  const shown = sorted.slice(0, PROBLEMS_SHOWN).map(({ at, message }) => {
    const place = at === null ? '' : `:${at.line}:${at.column}`;
    return `  ${name}${place}: ${message}`;
  });
  if (sorted.length > shown.length) shown.push(`  and ${sorted.length - shown.length} more`);
  return new NcfdError('BadSchedules', `the schedules are not valid:\n${shown.join('\n')}`, {
    hint: 'Correct all of it; config/schedules.yaml of the package explains each member.',
    cause,
  });
}
