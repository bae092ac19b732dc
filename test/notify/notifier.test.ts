import { resolveSettings } from '../../src/config/settings';
import { Notifier } from '../../src/notify/notifier';
import type { NewNotification } from '../../src/ports/notification-store';
import {
  createNotificationStore,
  type OpenedNotifications,
} from '../../src/stores/postgres/notification-store';
import { startNcfd } from '../e2e/command-line';
import { query } from '../stores/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { cut, Receiver, silence, status } from './receiver';

const quiet = { info: () => undefined, warn: () => undefined };
const FAST = '6000';

let database: TestDatabase;
let store: OpenedNotifications;
let receiver: Receiver;

beforeEach(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), Receiver.open()]);
  store = createNotificationStore(database.url, { connections: 8 });
});
afterEach(async () => {
  await store.close();
  await Promise.all([database.drop(), receiver.close()]);
});

const envOf = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  NCFD_DATABASE_URL: database.url,
  NCFD_NOTIFY_WEBHOOK_URL: receiver.url,
  NCFD_NOTIFY_PER_MINUTE: FAST,
  NCFD_NOTIFY_TIMEOUT_MS: '400',
  ...more,
});

async function notifier(more: Readonly<Record<string, string>> = {}): Promise<Notifier> {
  const env = { NCFD_HOME: '/nonexistent/ncfd', ...envOf(more) };
  const made = new Notifier(store, resolveSettings(env, '/'), quiet);
  await made.open();
  return made;
}

const event = (key: string): NewNotification => ({
  dedupKey: key,
  severity: 'warning',
  title: `event ${key}`,
  detail: { run: key },
});

/** Lets what is put off be due now: nobody waits for a clock here. */
const makeDue = () =>
  query(
    database.adminUrl,
    `WITH d AS (UPDATE notification_deliveries SET due_at = clock_timestamp())
     UPDATE notification_channels SET open_at = clock_timestamp()`,
  );

const keys = () => receiver.received.map(({ key }) => key);

/** Rounds until so much has arrived. */
async function roundsUntil(one: Notifier, count: number): Promise<void> {
  const end = Date.now() + 60_000;
  while (receiver.received.length < count && Date.now() < end) await one.round();
}

test('an event is told once, however often it is written', async () => {
  const sender = await notifier();
  expect([await store.add(event('a')), await store.add(event('a'))]).toEqual([true, false]);
  expect(await sender.round()).toEqual({ delivered: 1, refused: 0 });
  expect(await sender.round()).toEqual({ delivered: 0, refused: 0 });
  expect(receiver.received).toMatchObject([
    { key: 'a', body: { title: 'event a', severity: 'warning', detail: { run: 'a' }, attempt: 1 } },
  ]);
});

test('what happened before a channel was known is not told to it, what happened since is', async () => {
  await store.add(event('before'));
  const sender = await notifier();
  await store.add(event('since'));
  await roundsUntil(sender, 1);
  expect(keys()).toEqual(['since']);
});

test('eight senders at once deliver each of thirty notifications once', async () => {
  const senders = await Promise.all(Array.from({ length: 8 }, () => notifier()));
  const all = Array.from({ length: 30 }, (_, index) => `n${index}`);
  for (const key of all) await store.add(event(key));
  await Promise.all(senders.map((sender) => roundsUntil(sender, all.length)));
  expect(keys().sort()).toEqual(all.sort());
});

test('a receiver that fails, cuts the line or hangs is tried again with the same key until it takes it', async () => {
  receiver.answer(status(500), cut, silence, status(302, { location: receiver.url }), status(204));
  const sender = await notifier();
  await store.add(event('a'));
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    expect(await sender.round()).toEqual({ delivered: 0, refused: 1 });
    expect(await sender.round()).toEqual({ delivered: 0, refused: 0 }); // not due yet
    const [row] = await store.list(1);
    expect(row).toMatchObject({ attempt, deliveredAt: null });
    expect(row?.lastError).toMatch(/\S/);
    expect(row?.lastError).not.toContain('secret-path');
    await makeDue();
  }
  expect(await sender.round()).toEqual({ delivered: 1, refused: 0 });
  expect(keys()).toEqual(['a', 'a', 'a', 'a', 'a']);
  expect(receiver.received.map(({ body }) => body.attempt)).toEqual([1, 2, 3, 4, 5]);
  expect(await store.channels()).toMatchObject([{ channel: 'webhook', pending: 0 }]);
});

test('one notification that is refused does not hold up the next', async () => {
  receiver.answer(status(400), status(200));
  const sender = await notifier();
  for (const key of ['bad', 'good']) await store.add(event(key));
  await roundsUntil(sender, 2);
  expect(keys()).toEqual(['bad', 'good']);
  expect(await store.channels()).toMatchObject([{ pending: 1 }]);
});

test('a receiver that answers 429 is left alone for as long as it asks', async () => {
  receiver.answer(status(429, { 'retry-after': '120' }), status(200));
  const sender = await notifier();
  for (const key of ['a', 'b']) await store.add(event(key));
  await sender.round();
  const [{ wait } = { wait: 0 }] = await query<{ wait: number }>(
    database.adminUrl,
    `SELECT extract(epoch FROM open_at - clock_timestamp())::float8 AS wait
       FROM notification_channels`,
  );
  expect(wait).toBeGreaterThan(60);
  await sender.round();
  expect(keys()).toEqual(['a']);
  await makeDue();
  await roundsUntil(sender, 3);
  expect(keys().sort()).toEqual(['a', 'a', 'b']);
});

test('a channel gets no more than its rate allows, from all senders together', async () => {
  const slow = { NCFD_NOTIFY_PER_MINUTE: '1' };
  const senders = await Promise.all([notifier(slow), notifier(slow), notifier(slow)]);
  for (const key of ['a', 'b', 'c']) await store.add(event(key));
  for (const sender of senders) await sender.round();
  expect(keys()).toEqual(['a']);
});

test('a notification whose sender is killed in the middle is delivered by the next one, with the same key', async () => {
  receiver.answer(silence, status(200));
  const sender = await notifier();
  await store.add(event('a'));
  const child = startNcfd(['notify', 'send'], { env: envOf({ NCFD_NOTIFY_TIMEOUT_MS: '60000' }) });
  const closed = new Promise((resolve) => child.once('close', resolve));
  await receiver.until(1);
  child.kill('SIGKILL');
  await closed;
  // Its right is not over: nobody else may send meanwhile.
  expect(await sender.round()).toEqual({ delivered: 0, refused: 0 });
  expect(await store.list(1)).toMatchObject([{ attempt: 1, deliveredAt: null }]);
  await makeDue();
  expect(await sender.round()).toEqual({ delivered: 1, refused: 0 });
  expect(receiver.received).toMatchObject([
    { key: 'a', body: { attempt: 1 } },
    { key: 'a', body: { attempt: 2 } },
  ]);
});

test('an answer that comes after the right was lost still counts, and changes nothing later', async () => {
  await notifier();
  await store.add(event('a'));
  const terms = { leaseMs: 0, gapMs: 0 };
  const [slow, next] = [await store.claim('webhook', terms), await store.claim('webhook', terms)];
  if (slow === null || next === null) throw new Error('nothing was claimed');
  await store.refused(slow, { error: 'late', retryMs: 60_000, pauseMs: 0 });
  expect(await store.list(1)).toMatchObject([{ attempt: 2, lastError: null }]);
  await store.delivered(slow);
  await store.refused(next, { error: 'too late', retryMs: 0, pauseMs: 0 });
  expect(await store.list(1)).toMatchObject([{ lastError: null }]);
  expect(await store.claim('webhook', terms)).toBeNull();
});

test('the heart beats once a minute for all senders, and a beat that fails does not count', async () => {
  const beating = { NCFD_NOTIFY_HEARTBEAT_URL: receiver.url };
  const senders = await Promise.all([notifier(beating), notifier(beating)]);
  receiver.answer(status(503), status(200));
  const age = async () =>
    (await store.channels()).find(({ channel }) => channel === 'heartbeat')?.deliveredSeconds;
  for (const sender of senders) await sender.round();
  expect([keys(), await age()]).toEqual([['heartbeat'], null]);
  await makeDue();
  for (const sender of senders) await sender.round();
  expect(keys()).toEqual(['heartbeat', 'heartbeat']);
  expect(await age()).toBeGreaterThanOrEqual(0);
});

describe('what the database itself writes into the outbox', () => {
  const RUN = `INSERT INTO runs (run_id, idempotency_key, kind, mode, as_of, identity,
      parameter_set_sha256, code_version, run_started_at)
    SELECT 'run-1', repeat('a', 64), 'score', 'post_readout', now(), '{}', repeat('b', 64), 'x', now()`;

  it('is that a run failed, in the same transaction: rolled back, it was not told', async () => {
    const sets = `INSERT INTO parameter_sets (parameter_set_sha256, id, semver, body)
      VALUES (repeat('b', 64), 'p', '1.0.0', '{}')`;
    for (const text of [sets, RUN]) await query(database.adminUrl, text);
    const fail = `UPDATE runs SET status = 'failed', finished_at = clock_timestamp(),
      error = '{"code": "NCFD3104"}' WHERE run_id = 'run-1'`;
    await query(database.adminUrl, `BEGIN; ${fail}; ROLLBACK`);
    expect(await store.list(5)).toEqual([]);
    await query(database.adminUrl, fail);
    const rows = await store.list(5);
    expect(rows.map(({ notification }) => notification)).toMatchObject([
      {
        severity: 'warning',
        title: 'run run-1 (post_readout) failed',
        detail: { run: 'run-1', error: { code: 'NCFD3104' } },
      },
    ]);
  });

  it('is that a planned time was missed, once, and not that one ran', async () => {
    const tick = (hour: number, outcome: string) =>
      `INSERT INTO schedule_ticks (schedule_id, planned_at, origin, outcome)
       VALUES ('daily', '2026-01-01T0${hour}:00:00Z', 'planned', '${outcome}')`;
    await query(database.adminUrl, tick(1, 'ran'));
    await query(database.adminUrl, tick(2, 'unexplained'));
    expect(await store.list(5)).toEqual([]);
    await query(
      database.adminUrl,
      `UPDATE schedule_ticks SET outcome = 'missed_outage'
      WHERE outcome = 'unexplained'`,
    );
    expect(await store.list(5)).toMatchObject([
      { notification: { dedupKey: 'schedule/daily/20260101020000000' }, channel: null },
    ]);
  });
});
