import { Option, type Command } from 'commander';
import type { Json, JsonObject } from '../domain/json';

export const OUTPUT_FORMATS = ['text', 'json', 'jsonl', 'csv'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Version of the JSON that commands print; a change that breaks a reader raises it. */
export const SCHEMA_VERSION = 1;

/** Adds `--output`; `text` is for people, the others are for programs. */
export function addOutputOption(command: Command, fallback: OutputFormat = 'text'): Command {
  const option = new Option('-o, --output <format>', 'form of the data on standard output')
    .choices([...OUTPUT_FORMATS])
    .default(fallback);
  return command.addOption(option);
}

/** The format asked for on a raw command line, also when it cannot be parsed. */
export function formatIn(argv: readonly string[]): string | null {
  for (let i = argv.length - 1; i >= 0; i -= 1) {
    const match = /^(?:--output=|-o=?)(\w+)$/.exec(argv[i] ?? '');
    if (match !== null) return match[1] ?? null;
    if (argv[i] === '--output' || argv[i] === '-o') return argv[i + 1] ?? null;
  }
  return null;
}

/** A list to print: `name` is its key in JSON, `columns` its order in tables and CSV. */
export interface Listing {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly JsonObject[];
  /** What to say in text when there is no row. */
  readonly empty: string;
}

export async function renderListing(listing: Listing, format: OutputFormat): Promise<string> {
  const { name, columns, rows } = listing;
  switch (format) {
    case 'json':
      return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, [name]: rows }, null, 2)}\n`;
    case 'jsonl':
      return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    case 'csv':
      return csv(columns, rows);
    case 'text':
      return rows.length === 0 ? `${listing.empty}\n` : table(columns, rows);
  }
}

/** One object; in text the given words stand for it. */
export async function renderObject(
  object: JsonObject,
  text: string,
  format: OutputFormat,
): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...object }, null, 2)}\n`;
    case 'jsonl':
      return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...object })}\n`;
    case 'csv':
      return csv(Object.keys(object), [object]);
    case 'text':
      return text.endsWith('\n') ? text : `${text}\n`;
  }
}

async function csv(columns: readonly string[], rows: readonly JsonObject[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])));
  return stringify([[...columns], ...cells], { escape_formulas: true });
}

async function table(columns: readonly string[], rows: readonly JsonObject[]): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const grid = new Table({
    head: [...columns],
    style: { head: [], border: [], compact: true },
    chars: PLAIN_BORDERS,
  });
  for (const row of rows) grid.push(columns.map((column) => cellText(row[column])));
  return `${grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** Columns parted by two blanks, no lines: easy to read and to cut. */
const PLAIN_BORDERS = {
  ...Object.fromEntries(
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'
      .split(' ')
      .map((name) => [name, '']),
  ),
  middle: ' ',
};

function cellText(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
