import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { openByteSource } from './byte-source';
import { readDocuments, type Document } from './documents';
import { findInputFiles } from './input-files';
import { readLines } from './line-reader';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ncfd-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const target = path.join(folder, name);
  writeFileSync(target, content);
  return target;
}

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const documentsOf = (
  name: string,
  form: 'lines' | 'document' = 'lines',
  limit?: number,
): Promise<Document[]> => collect(readDocuments(openByteSource(name), form, limit));

describe('reading lines', () => {
  it('gives the same lines however the bytes are cut into chunks', async () => {
    const text = fc.array(fc.string({ maxLength: 12 }).map((s) => s.replaceAll(/[\r\n]/g, 'é')));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const read = await collect(readLines(chunksOf(bytes, size)));
        expect(read.map((l) => (l.kind === 'line' ? l.bytes.toString() : null))).toEqual(lines);
        expect(read.map((l) => l.number)).toEqual(lines.map((_, i) => i + 1));
      }),
    );
  });

  it('skips a line above the limit, tells its size, and reads on', async () => {
    const bytes = Buffer.from(`a\n${'x'.repeat(50)}\nb`);
    const read = await collect(readLines(chunksOf(bytes, 8), 10));
    expect(read.map((l) => l.kind)).toEqual(['line', 'too_long', 'line']);
    expect(read[1]).toEqual({ kind: 'too_long', number: 2, size: 50 });
  });

  it('drops the CR of a CR LF ending', async () => {
    const read = await collect(readLines(chunksOf(Buffer.from('a\r\nb\r\n'), 2)));
    expect(read.map((l) => (l.kind === 'line' ? l.bytes.toString() : ''))).toEqual(['a', 'b']);
  });
});

describe('reading documents', () => {
  it('tells a malformed line with its number and reads the ones around it', async () => {
    const read = await documentsOf(file('bad.jsonl', '{"a":1}\n{"a":\n\n[1]\n{"a":2}\n'));
    expect(read.map((d) => [d.line, d.kind])).toEqual([
      [1, 'document'],
      [2, 'unreadable'],
      [4, 'unreadable'],
      [5, 'document'],
    ]);
    expect(read[1]).toMatchObject({ code: 'malformed_json' });
    expect(read[2]).toMatchObject({ code: 'wrong_type' });
  });

  it('refuses bytes that are not UTF-8 and skips a byte order mark', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeff{"a":1}\n{"b":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n'),
    ]);
    const read = await documentsOf(file('utf8.jsonl', bytes));
    expect(read[0]).toMatchObject({ kind: 'document', value: { a: 1 } });
    expect(read[1]).toMatchObject({ kind: 'unreadable', code: 'not_utf8' });
  });

  it('reads gzip by its content, whatever the name', async () => {
    const read = await documentsOf(file('named-plain.jsonl', gzipSync('{"a":1}\n')));
    expect(read).toMatchObject([{ kind: 'document', value: { a: 1 } }]);
  });

  it('says how far it came in a gzip file that ends in the middle', async () => {
    const whole = gzipSync(Array.from({ length: 5000 }, (_, i) => `{"a":${i}}\n`).join(''));
    const name = file('cut.jsonl.gz', whole.subarray(0, whole.length - 200));
    await expect(documentsOf(name)).rejects.toThrow(
      /cut\.jsonl\.gz: the gzip data ends in the middle, after \d+ bytes/,
    );
  });

  it('refuses a .gz file that is not gzip, and a damaged one', async () => {
    await expect(documentsOf(file('not.jsonl.gz', '{"a":1}\n'))).rejects.toThrow(/not in gzip/);
    const damaged = gzipSync('{"a":1}\n'.repeat(9000));
    damaged.fill(0x55, 40, 60);
    await expect(documentsOf(file('damaged.jsonl.gz', damaged))).rejects.toThrow(/is damaged/);
  });

  it('reads one object, a list of objects and a page of the registry API', async () => {
    const one = await documentsOf(file('one.json', '{"a":\n1}'), 'document');
    expect(one).toMatchObject([{ value: { a: 1 }, line: null, pointer: '' }]);
    const list = await documentsOf(file('list.json', '[{"a":1},7]'), 'document');
    expect(list.map((d) => [d.kind, d.pointer])).toEqual([
      ['document', '/0'],
      ['unreadable', '/1'],
    ]);
    const page = await documentsOf(file('page.json', '{"studies":[{"a":1}]}'), 'document');
    expect(page).toMatchObject([{ value: { a: 1 }, pointer: '/studies/0' }]);
  });

  it('refuses a document above the limit', async () => {
    const read = await documentsOf(file('big.json', `{"a":"${'x'.repeat(99)}"}`), 'document', 64);
    expect(read).toMatchObject([{ kind: 'unreadable', code: 'too_large' }]);
  });

  it('reads an empty file as nothing', async () => {
    expect(await documentsOf(file('empty.jsonl', ''))).toEqual([]);
  });
});

describe('finding files', () => {
  it('searches folders in a fixed order and passes over other files', () => {
    const root = path.join(folder, 'tree');
    mkdirSync(path.join(root, 'b'), { recursive: true });
    for (const name of ['b/two.ndjson.gz', 'a.card.json', 'notes.txt', 'c.jsonl']) {
      writeFileSync(path.join(root, name), '');
    }
    expect(findInputFiles([root, '-'])).toEqual([
      { path: path.join(root, 'a.card.json'), form: 'document' },
      { path: path.join(root, 'b/two.ndjson.gz'), form: 'lines' },
      { path: path.join(root, 'c.jsonl'), form: 'lines' },
      { path: '-', form: 'lines' },
    ]);
  });

  it('refuses a missing path and a named file of another form', () => {
    expect(() => findInputFiles([path.join(folder, 'absent.json')])).toThrow(/no such file/);
    expect(() => findInputFiles([file('table.csv', 'a')])).toThrow(/not a form/);
  });
});
