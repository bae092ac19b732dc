import { stringify } from 'csv-stringify/sync';
import type { Cell, Column, ScoreTable } from './table';
import { cellOf, COLUMNS } from './table';

/** Rows turned into text at a time: bounds the memory of one piece to about 1 MB. */
const ROWS_PER_PIECE = 1_000;
const DECIMALS = 6;

/** `scores.csv`: RFC 4180 with LF, a header, and the rows of the table in their order (11.1). */
export function* scoresCsv(table: ScoreTable): Generator<string> {
  yield csvText([COLUMNS.map((column) => column.name)]);
  for (let from = 0; from < table.rows.length; from += ROWS_PER_PIECE) {
    const to = Math.min(from + ROWS_PER_PIECE, table.rows.length);
    const lines = [];
    for (let index = from; index < to; index += 1) lines.push(csvRow(table, index));
    yield csvText(lines);
  }
}

const csvText = (lines: string[][]): string =>
  // A lone carriage return inside a cell would be read as the end of a line by some readers.
  stringify(lines, { record_delimiter: '\n', quoted_match: /\r/ });

const csvRow = (table: ScoreTable, index: number): string[] =>
  COLUMNS.map((column) => csvCell(cellOf(table, index, column), column));

/** One cell as text: 6 decimals for doubles, empty for what is not there. */
export function csvCell(value: Cell, { kind }: Pick<Column, 'kind'>): string {
  if (value === null) return '';
  if (kind === 'double') return withoutMinusZero((value as number).toFixed(DECIMALS));
  if (kind === 'text') return withoutFormula(String(value));
  return String(value);
}

/** A rounded tiny negative number is zero, and zero has no sign (12.1). */
const withoutMinusZero = (text: string): string =>
  Number(text) === 0 ? text.replace('-', '') : text;

/** Spreadsheets run a cell that starts so as a formula; the prefix makes it text (11.1). */
const withoutFormula = (text: string): string => (/^[=+\-@]/.test(text) ? `'${text}` : text);
