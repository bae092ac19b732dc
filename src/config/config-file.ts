import { readFileSync, statSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { messageOf } from '../contracts/errors';

/** No honest file comes near; a larger one is not read at all. Bytes. */
const MAX_FILE = 256 * 1_024;

export interface FileValue {
  /** `database.url`. */
  readonly name: string;
  readonly value: unknown;
  /** `ncfd.toml:12`; without a line where the key is written in an unusual form. */
  readonly where: string;
}

export interface ConfigFile {
  readonly values: readonly FileValue[];
  /** Why the file cannot be read at all. */
  readonly problem: { readonly where: string; readonly message: string } | null;
}

/** Reads a TOML file with a table per area; never throws. */
export function readConfigFile(file: string): ConfigFile {
  let written: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE) throw new Error(`${size} bytes; at most ${MAX_FILE} are read`);
    written = readFileSync(file, 'utf8');
  } catch (error) {
    return unreadable(file, `cannot be read: ${messageOf(error)}`);
  }
  try {
    return { values: flat(parse(written), '', lineFinder(file, written)), problem: null };
  } catch (error) {
    if (!(error instanceof TomlError)) return unreadable(file, messageOf(error));
    // The message goes on with a picture of the line, which may hold a secret.
    const [first = ''] = error.message.split('\n');
    return unreadable(`${file}:${error.line}:${error.column}`, first);
  }
}

function unreadable(where: string, message: string): ConfigFile {
  return { values: [], problem: { where, message } };
}

function flat(table: object, above: string, at: (name: string) => string): FileValue[] {
  return Object.entries(table).flatMap(([key, value]: [string, unknown]) => {
    const name = above === '' ? key : `${above}.${key}`;
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isTable && !(value instanceof Date)) return flat(value, name, at);
    return [{ name, value, where: at(name) }];
  });
}

/** Finds the lines of keys in the usual form: `[table]` above, `key = value` below. */
function lineFinder(file: string, written: string): (name: string) => string {
  const lines = new Map<string, number>();
  let table = '';
  written.split('\n').forEach((line, index) => {
    const header = /^\s*\[\s*([\w.-]+)\s*\]/.exec(line)?.[1];
    if (header !== undefined) table = `${header}.`;
    const key = /^\s*([\w.-]+)\s*=/.exec(line)?.[1];
    if (key !== undefined) lines.set(`${table}${key}`, lines.get(`${table}${key}`) ?? index + 1);
  });
  return (name) => (lines.has(name) ? `${file}:${lines.get(name)}` : file);
}
