import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { TestStack, type Finished } from './command-line';
import { lines, nctIdOf, someCard, someRecord, spoiled } from './documents';

interface Summary {
  readonly read: number;
  readonly trials: number;
  readonly versions: number;
  readonly cards: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly warnings: number;
  readonly failed: number;
  readonly sources: readonly { readonly failure: { readonly message: string } | null }[];
}
interface Refused {
  readonly source: string;
  readonly line: number | null;
  readonly nct_id: string | null;
  readonly study_id: string | null;
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.open();
});
afterAll(() => stack.close());

let files = 0;
function file(content: string | Buffer, ending = '.jsonl'): string {
  files += 1;
  const name = stack.path(`input-${files}${ending}`);
  writeFileSync(name, content);
  return name;
}

async function ingest(...args: readonly string[]): Promise<Finished & { summary: Summary }> {
  const rejects = stack.path(`rejects-${files}.jsonl`);
  const done = await stack.ncfd(['ingest', ...args, '--rejects', rejects, '--output', 'json']);
  return { ...done, summary: JSON.parse(done.stdout) as Summary };
}

const refused = (): Refused[] =>
  readFileSync(stack.path(`rejects-${files}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Refused);

const ENROLLMENT = ['protocolSection', 'designModule', 'enrollmentInfo', 'count'];
const CONDITIONS = ['protocolSection', 'conditionsModule', 'conditions'];
const NCT_ID = ['protocolSection', 'identificationModule', 'nctId'];

describe('ncfd ingest', () => {
  it('loads records, and loading them again changes nothing', async () => {
    const input = file(lines(someRecord(0), someRecord(1)));
    const first = await ingest(input);
    expect([first.code, first.summary]).toMatchObject([0, { read: 2, trials: 2, versions: 2 }]);
    const second = await ingest(input);
    expect(second.code).toBe(0);
    expect(second.summary).toMatchObject({ trials: 0, versions: 0, cards: 0, rejected: 0 });
  });

  it('loads the lines around a malformed one, and tells its line', async () => {
    const input = file(`${lines(someRecord(2))}{"protocolSection":\n${lines(someRecord(3))}`);
    const { code, summary, stderr } = await ingest(input);
    expect([code, summary]).toMatchObject([6, { trials: 2, rejected: 1 }]);
    expect(refused()).toEqual([
      {
        source: input,
        line: 2,
        nct_id: null,
        study_id: null,
        pointer: '',
        code: 'malformed_json',
        message: expect.stringContaining('Not valid JSON'),
      },
    ]);
    expect(stderr).toContain(`${input}:2`);
  });

  it.each([
    ['text for a count', ENROLLMENT, 'many', 'wrong_type'],
    ['a negative count', ENROLLMENT, -5, 'out_of_range'],
    ['half a person', ENROLLMENT, 1.5, 'not_integer'],
    ['text for a list', CONDITIONS, 'cancer', 'wrong_type'],
    ['a number for the id', NCT_ID, 1, 'wrong_type'],
    ['an id of another registry', NCT_ID, 'EUCTR2020', 'bad_format'],
    ['no id', NCT_ID, null, 'missing_required'],
    ['a NUL in a text', CONDITIONS, ['a\u0000b'], 'bad_format'],
  ])('refuses a record with %s, by pointer, and loads the next', async (_, path, value, code) => {
    const input = file(lines(spoiled(someRecord(4), path, value), someRecord(5)));
    const done = await ingest(input);
    expect([done.code, done.summary]).toMatchObject([6, { read: 2, rejected: 1 }]);
    const pointer = `/${path.join('/')}`;
    expect(refused()[0]).toMatchObject({
      line: 1,
      code,
      pointer: expect.stringContaining(pointer),
    });
  });

  it.each([
    ['p = 1.7', ['primary_result'], { ITT: { p: 1.7 } }, '/primary_result/ITT/p', 'out_of_range'],
    ['a negative count', ['arms'], { t: { n: -5 } }, '/arms/t/n', 'out_of_range'],
    ['text for a boolean', ['single_arm'], 'yes', '/single_arm', 'wrong_type'],
    ['an unknown type', ['doc_type'], 'Blog', '/doc_type', 'bad_enum'],
    ['no capture time', ['captured_at'], null, '/captured_at', 'missing_required'],
  ])('refuses a card with %s, by pointer and study', async (_, path, value, pointer, code) => {
    const card = spoiled(someCard(), path, value);
    const done = await ingest(file(lines(card), '.cards.ndjson'));
    expect(done.code).toBe(6);
    expect(refused()[0]).toMatchObject({ study_id: card.study_id, pointer, code });
  });

  it('lists every problem of a card, not only the first', async () => {
    const card = spoiled(spoiled(someCard(), ['doc_type'], 7), ['single_arm'], 'no');
    await ingest(file(lines(card)));
    expect(refused().map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/doc_type', '/single_arm']),
    );
  });

  it('passes over a line above 64 MB and reads on', async () => {
    const long = Buffer.alloc(65 * 1024 * 1024, 0x20);
    const input = file(Buffer.concat([long, Buffer.from(`\n${lines(someRecord(6))}`)]));
    const { code, summary } = await ingest(input);
    expect([code, summary]).toMatchObject([6, { trials: 1, rejected: 1 }]);
    expect(refused()[0]).toMatchObject({ line: 1, code: 'too_large' });
  });

  it('keeps what it could read of a truncated gzip file, and says how far it came', async () => {
    const many = lines(
      ...Array.from({ length: 400 }, (_, i) => padded(someRecord(12 + (i % 20)), i)),
    );
    const whole = gzipSync(many);
    const input = file(whole.subarray(0, Math.floor(whole.length * 0.9)), '.jsonl.gz');
    const { code, summary, stderr } = await ingest(input);
    expect(code).toBe(6);
    expect(summary.failed).toBe(1);
    expect(summary.read).toBeGreaterThan(0);
    expect(stderr).toMatch(/NCFD1005 .*ends in the middle, after \d+ bytes.*\d+ document\(s\)/);
    expect(stderr).toContain('hint: ');
  });

  it('keeps both when a record comes twice with different content, and warns', async () => {
    const record = someRecord(7);
    const changed = spoiled(record, ENROLLMENT, 9_999);
    const { code, summary, stderr } = await ingest(file(lines(record, changed)));
    expect([code, summary]).toMatchObject([0, { trials: 1, versions: 2, warnings: 1 }]);
    expect(stderr).toContain(`${nctIdOf(record)} was read before with the same capture time`);
    const shown = await stack.json<{ versions: { enrollment: number }[] }>([
      'trial',
      'show',
      nctIdOf(record),
    ]);
    expect(shown.versions.map(({ enrollment }) => enrollment)).toContain(9_999);
    expect(shown.versions).toHaveLength(2);
  });

  it('refuses a document of no known kind', async () => {
    const { code } = await ingest(file(lines({ hello: 1 })));
    expect(code).toBe(6);
    expect(refused()[0]).toMatchObject({ code: 'unknown_kind' });
  });

  it('reads standard input, lists and pages of the registry API', async () => {
    const piped = await stack.ncfd(['ingest', '-', '--output', 'json'], {
      stdin: lines(someRecord(8)),
    });
    expect([piped.code, JSON.parse(piped.stdout)]).toMatchObject([0, { trials: 1 }]);
    const page = file(JSON.stringify({ studies: [someRecord(9), someRecord(10)] }), '.json');
    expect((await ingest(page)).summary).toMatchObject({ trials: 2 });
  });

  it('takes the capture time that it is given', async () => {
    const record = someRecord(11);
    const { code } = await ingest(file(lines(record)), '--captured-at', '2026-06-01T08:00:00Z');
    expect(code).toBe(0);
    const shown = await stack.json<{ versions: { capturedAt: string }[] }>([
      'trial',
      'show',
      nctIdOf(record),
    ]);
    expect(shown.versions.map(({ capturedAt }) => capturedAt)).toContain('2026-06-01T08:00:00Z');
  });

  it('ends with 2 when a path does not exist or cannot be read', async () => {
    for (const name of ['/nonexistent/a.jsonl', file('x', '.txt')]) {
      const { code, stderr } = await stack.ncfd(['ingest', name]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('NCFD1005')]);
    }
  });

  it('ends with 3 when the database is down, and says what to do', async () => {
    const env = { NCFD_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/ncfd' };
    const args = ['ingest', file(lines(someRecord(0))), '--output', 'json'];
    const { code, stdout, stderr } = await stack.ncfd(args, { env });
    expect([code, stdout]).toEqual([3, '']);
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({
      error: { code: 'NCFD3001', retryable: true, hint: expect.stringContaining('ncfd dev') },
    });
  });
});

/** Made hard to compress, so that a cut falls between many lines. */
function padded(record: object, seed: number): object {
  const noise = Array.from({ length: 300 }, (_, i) => ((seed + 1) * (i + 7) * 2_654_435_761) % 1e9);
  return { ...record, noise };
}
