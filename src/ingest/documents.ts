import { isUtf8 } from 'node:buffer';
import { messageOf } from '../contracts/errors';
import { isJsonObject, type Json, type JsonObject } from '../domain/json';
import { pointerOf } from '../domain/registry/record-problem';
import type { Readable } from 'node:stream';
import { openByteSource, type ByteSource } from './byte-source';
import type { FileForm } from './input-files';
import { MAX_LINE_BYTES, readLines } from './line-reader';

/** A JSON object of a file, or the reason why a piece of the file is none. */
export type Document = ReadDocument | UnreadableDocument;

export interface ReadDocument {
  readonly kind: 'document';
  /** 1-based line, or null within a file of one document. */
  readonly line: number | null;
  /** Where the document lies in a file that is a list; else empty. */
  readonly pointer: string;
  readonly value: JsonObject;
  /** Size of the input that it came from, or its share of it. */
  readonly bytes: number;
}

export interface UnreadableDocument {
  readonly kind: 'unreadable';
  readonly line: number | null;
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** All documents of a source, in order; unreadable ones are told and passed over. */
export async function* readDocuments(
  source: ByteSource,
  form: FileForm,
  limit: number = MAX_LINE_BYTES,
): AsyncGenerator<Document> {
  if (form === 'document') {
    yield* readWhole(source, limit);
    return;
  }
  for await (const line of readLines(source.chunks(), limit)) {
    if (line.kind === 'too_long') {
      yield tooLong(line.number, line.size, limit);
    } else if (line.bytes.length > 0) {
      yield parseDocument(line.bytes, line.number);
    }
  }
}

/** Documents of a file of lines, or of standard input for `-`. */
export function documentsOfFile(name: string, stdin?: Readable): AsyncGenerator<Document> {
  return readDocuments(openByteSource(name, stdin), 'lines');
}

/** A whole file: one object, a list of objects, or a page of the registry's API (`studies`). */
async function* readWhole(source: ByteSource, limit: number): AsyncGenerator<Document> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.chunks()) {
    size += chunk.length;
    if (size <= limit) parts.push(chunk);
    else parts = [];
  }
  if (size > limit) {
    yield tooLong(null, size, limit);
    return;
  }
  const parsed = parseJson(Buffer.concat(parts, size));
  if ('problem' in parsed) {
    yield unreadable(null, parsed.problem.code, parsed.problem.message);
    return;
  }
  const { items, pointer } = itemsOf(parsed.value);
  for (let i = 0; i < items.length; i += 1) {
    const at = pointer === null ? '' : pointer + pointerOf([i]);
    yield asDocument(items[i] as Json, null, at, size / items.length);
  }
}

function itemsOf(value: Json): { items: readonly Json[]; pointer: string | null } {
  if (Array.isArray(value)) return { items: value as readonly Json[], pointer: '' };
  const page = isJsonObject(value) && Object.hasOwn(value, 'studies') ? value.studies : null;
  if (Array.isArray(page)) return { items: page as readonly Json[], pointer: '/studies' };
  return { items: [value], pointer: null };
}

/** One line of text as a document. */
export function parseDocument(bytes: Buffer, line: number | null): Document {
  const parsed = parseJson(bytes);
  if ('problem' in parsed) return unreadable(line, parsed.problem.code, parsed.problem.message);
  return asDocument(parsed.value, line, '', bytes.length);
}

function asDocument(value: Json, line: number | null, pointer: string, bytes: number): Document {
  if (!isJsonObject(value)) {
    return { ...unreadable(line, 'wrong_type', 'The document is not an object.'), pointer };
  }
  return { kind: 'document', line, pointer, value, bytes };
}

type Parsed =
  | { readonly value: Json }
  | { readonly problem: { readonly code: string; readonly message: string } };

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

function parseJson(bytes: Buffer): Parsed {
  const text = bytes.subarray(0, 3).equals(BOM) ? bytes.subarray(3) : bytes;
  if (!isUtf8(text)) return { problem: { code: 'not_utf8', message: 'The text is not UTF-8.' } };
  try {
    return { value: JSON.parse(text.toString('utf8')) as Json };
  } catch (error) {
    const message = `Not valid JSON: ${messageOf(error).slice(0, 200)}`;
    return { problem: { code: 'malformed_json', message } };
  }
}

function tooLong(line: number | null, size: number, limit: number): UnreadableDocument {
  const what = line === null ? 'document' : 'line';
  return unreadable(line, 'too_large', `The ${what} has ${size} bytes, the limit is ${limit}.`);
}

function unreadable(line: number | null, code: string, message: string): UnreadableDocument {
  return { kind: 'unreadable', line, pointer: '', code, message };
}
