import { createSocket } from 'node:dgram';
import {
  mkdtempSync,
  readdirSync,
  statSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rememberSecret } from '../config/secrets/mask';
import { createLog } from './log';
import { RotatedFile } from './log-file';
import { SyslogSink, syslogMessage } from './syslog';

const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = 'planted-Secret-93'; // not-a-secret, because it is made up
rememberSecret(SECRET);

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

describe('a log line', () => {
  test('carries no secret: not by the name of a member, not by value, not in an error', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLog({ level: 'info', name: 'test', destination });
    const cause = new Error(`login of ${SECRET} refused`);
    log.info({ token: 'short', at: { password: 'short' }, url: `s3://${SECRET}/x` }, SECRET);
    log.error({ err: new Error(`cannot reach postgres://app:short@db/ncfd`, { cause }) }, 'failed');
    log.child({ key: SECRET }).warn('child');
    const text = lines.join('');
    expect(text).not.toMatch(/planted-Secret-93|short/);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      '***',
      'failed',
      'child',
    ]);
    expect(text).toContain('postgres://app:***@db/ncfd');
    expect(text).toContain('login of *** refused');
  });
});

describe('a rotated file', () => {
  test('is put aside before it grows too large, the oldest is dropped, and no line is cut', async () => {
    const file = path.join(folder, 'rotated', 'worker.log');
    const sink = new RotatedFile({ path: file, maxBytes: 1_000, files: 3 });
    for (let n = 0; n < 100; n += 1) {
      sink.write(`${JSON.stringify({ n, text: 'x'.repeat(80) })}\n`);
      if (n % 5 === 4) await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }
    await sink.close();
    const names = readdirSync(path.dirname(file)).sort();
    expect(names).toEqual(['worker.log', 'worker.log.1', 'worker.log.2']);
    const kept = [...names]
      .reverse()
      .flatMap((name) => linesOf(path.join(path.dirname(file), name)));
    const numbers = kept.map((line) => (JSON.parse(line) as { n: number }).n);
    expect(numbers).toEqual(numbers.map((_, index) => 100 - numbers.length + index));
    expect(numbers.length).toBeGreaterThan(10);
  });

  test('never grows beyond its limit, however many lines a slow disk has kept waiting', async () => {
    const file = path.join(folder, 'flood', 'worker.log');
    const sink = new RotatedFile({ path: file, maxBytes: 1_000, files: 3 });
    for (let n = 0; n < 100; n += 1) sink.write(`${JSON.stringify({ n, text: 'x'.repeat(80) })}\n`);
    await sink.close();
    const sizes = readdirSync(path.dirname(file)).map(
      (name) => statSync(path.join(path.dirname(file), name)).size,
    );
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(linesOf(file).at(-1)).toContain('"n":99');
  });

  test('goes on where an earlier process stopped', async () => {
    const file = path.join(folder, 'again.log');
    for (const n of [1, 2]) {
      const sink = new RotatedFile({ path: file, maxBytes: 1_000, files: 2 });
      sink.write(`{"n":${n}}\n`);
      await sink.close();
    }
    expect(linesOf(file)).toEqual(['{"n":1}', '{"n":2}']);
  });

  test('on a full disk loses lines, says how many when it is well again, and stops nothing', async () => {
    const file = path.join(folder, 'full.log');
    symlinkSync('/dev/full', file);
    const sink = new RotatedFile({ path: file, maxBytes: 1_000_000, files: 2 });
    for (let n = 0; n < 7; n += 1) sink.write(`{"n":${n}}\n`);
    await sink.close();
    unlinkSync(file);
    sink.write('{"n":"after"}\n');
    await sink.close();
    const [told = '', after] = linesOf(file);
    expect(JSON.parse(told)).toMatchObject({ level: 'warn', lost: 7, msg: 'log lines were lost' });
    expect(after).toBe('{"n":"after"}');
  });

  test('keeps no more than its bound in memory, however slow the disk is', async () => {
    const file = path.join(folder, 'slow.log');
    const sink = new RotatedFile({ path: file, maxBytes: 100_000_000, files: 2 });
    const line = `${'x'.repeat(1_023)}\n`;
    // All in one turn of the event loop: nothing can leave in between.
    for (let n = 0; n < 5_000; n += 1) sink.write(line);
    await sink.close();
    const [told = '', ...kept] = linesOf(file);
    expect([kept.length, JSON.parse(told)]).toMatchObject([4_096, { lost: 904 }]);
  });
});

describe('syslog', () => {
  /** The grammar of RFC 5424, section 6, without structured data. */
  const RFC5424 =
    /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) (\d{1,128}) - - (.*)$/s;

  test('gets each event as one datagram of RFC 5424, with its weight', async () => {
    const server = createSocket('udp4');
    const got: string[] = [];
    const all = new Promise<void>((resolve) => {
      server.on('message', (message) => {
        if (message.length > 0) got.push(message.toString());
        if (got.length === 3) resolve();
      });
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const sink = new SyslogSink('127.0.0.1', port, 'ncfd-worker');
    const log = createLog({ level: 'debug', name: 'worker', destination: sink });
    log.info({ shard: 4 }, 'shard scored');
    log.error({ secret: SECRET }, 'shard attempt failed');
    log.debug('Ü');
    await all;
    await sink.close();
    server.close();
    const parsed = got.map((message) => RFC5424.exec(message));
    expect(parsed.map((match) => match?.[1])).toEqual(['134', '131', '135']);
    expect(parsed.map((match) => match?.[4])).toEqual(Array(3).fill('ncfd-worker'));
    const bodies = parsed.map((match) => JSON.parse(match?.[6] ?? '') as Record<string, unknown>);
    expect(bodies[0]).toMatchObject({ shard: 4, msg: 'shard scored', time: parsed[0]?.[2] });
    expect(bodies[1]).toMatchObject({ secret: '***' });
    expect(bodies[2]).toMatchObject({ msg: 'Ü' });
  });

  test('a message is cut to what a datagram carries, never inside a letter', () => {
    const message = syslogMessage(`{"level":"info","msg":"${'Ü'.repeat(9_000)}"}\n`, 'ncfd');
    expect(message.length).toBeLessThanOrEqual(8_192);
    expect(message.toString()).not.toContain('\uFFFD');
  });

  test.each([
    ['nobody listens', '127.0.0.1'],
    ['its name is unknown', 'syslog.invalid'],
  ])('a server that is not there stops nothing: %s', async (_, host) => {
    const sink = new SyslogSink(host, 9, 'ncfd');
    for (let n = 0; n < 5_000; n += 1) sink.write('{"level":"info"}\n');
    await expect(sink.close()).resolves.toBeUndefined();
    sink.write('{"level":"info"}\n');
    await expect(sink.close()).resolves.toBeUndefined();
  });
});
