import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { NcfdError } from '../contracts/errors';

/** How a file is cut into documents: one a line, or the whole file as one (or a list). */
export type FileForm = 'lines' | 'document';

export interface InputFile {
  /** `-` is standard input. */
  readonly path: string;
  readonly form: FileForm;
}

const READABLE = /\.(?:(json)|jsonl|ndjson)(?:\.gz)?$/;

/**
 * Files named by paths, folders searched to any depth, in code-point order. A named file must
 * have a readable form; within folders other files are passed over.
 */
export function findInputFiles(paths: readonly string[]): InputFile[] {
  return paths.flatMap((name) => (name === '-' ? [{ path: '-', form: 'lines' }] : expand(name)));
}

function expand(name: string): InputFile[] {
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new NcfdError('BadInputFile', `${name}: no such file or folder`, {
      hint: 'Check the path. Files end in .json, .jsonl or .ndjson, each also with .gz.',
    });
  }
  if (stats.isDirectory()) return inFolder(name);
  const file = asInput(name);
  if (file !== null) return [file];
  throw new NcfdError('BadInputFile', `${name}: this is not a form that can be read`, {
    hint: 'Files end in .json, .jsonl or .ndjson, each also with .gz; pipe anything else to `ncfd ingest -`.',
  });
}

function inFolder(folder: string): InputFile[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.map((name) => asInput(path.join(folder, name))).filter((f) => f !== null);
  if (files.length > 0) return files;
  throw new NcfdError('BadInputFile', `${folder}: no file below it can be read`, {
    hint: 'Files end in .json, .jsonl or .ndjson, each also with .gz.',
  });
}

function asInput(name: string): InputFile | null {
  const match = READABLE.exec(name);
  if (match === null) return null;
  return { path: name, form: match[1] === undefined ? 'lines' : 'document' };
}
