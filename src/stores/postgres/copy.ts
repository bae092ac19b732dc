import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Bytes sent at once; building so much takes about 2 ms, between which the event loop turns. */
const CHUNK_BYTES = 128 * 1024;

/** A table and its columns in the order of the fields of a row. */
export interface CopyTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

export type Field = string | number | boolean | null;

const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** One field in the text form of COPY. */
export function copyField(value: Field): string {
  if (value === null) return '\\N';
  if (typeof value !== 'string') return String(value);
  return SPECIAL.test(value)
    ? value.replace(/[\\\n\r\t]/g, (char) => ESCAPES[char] ?? char)
    : value;
}

/** One line in the text form of COPY. */
export function copyLine(fields: readonly Field[]): string {
  let line = '';
  for (let i = 0; i < fields.length; i += 1) {
    line += (i === 0 ? '' : '\t') + copyField(fields[i] ?? null);
  }
  return `${line}\n`;
}

/** Copies rows into a table within the client's transaction; returns their number. */
export async function copyRows(
  client: ClientBase,
  target: CopyTarget,
  rows: Iterable<readonly Field[]>,
): Promise<number> {
  const stream = client.query(
    copyFrom(`COPY ${target.table} (${target.columns.join(', ')}) FROM STDIN`),
  );
  await pipeline(Readable.from(chunks(rows), { objectMode: false }), stream);
  return stream.rowCount;
}

function* chunks(rows: Iterable<readonly Field[]>): Iterable<Buffer> {
  let text = '';
  for (const row of rows) {
    text += copyLine(row);
    if (text.length >= CHUNK_BYTES) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text);
}
