import { healthSettings } from '../../src/config/health';
import { resolveSettings } from '../../src/config/settings';
import { notificationsCheck } from '../../src/checks/health/notifications';
import { TestStack } from '../e2e/command-line';
import { query } from '../stores/support';
import { Receiver } from './receiver';

let stack: TestStack;
let receiver: Receiver;
let env: Record<string, string>;

beforeAll(async () => {
  [stack, receiver] = await Promise.all([TestStack.open(), Receiver.open()]);
  env = { NCFD_NOTIFY_SLACK_URL: receiver.url, NCFD_NOTIFY_HEARTBEAT_URL: receiver.url };
});
afterAll(async () => {
  await stack.close();
  await receiver.close();
});

async function health() {
  const settings = resolveSettings({ ...stack.env, ...env, NCFD_HOME: '/nonexistent/ncfd' }, '/');
  const check = notificationsCheck({ settings, health: healthSettings(settings) });
  return check.run(new AbortController().signal);
}

test('`ncfd notify` refuses when nobody can be told, and changes nothing on a dry run', async () => {
  for (const verb of ['test', 'send']) {
    const { code, stderr } = await stack.ncfd(['notify', verb]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('NCFD_NOTIFY_SLACK_URL')]);
    expect(await stack.ncfd(['notify', verb, '--dry-run'], { env })).toMatchObject({ code: 0 });
  }
  expect(await stack.ncfd(['notify', 'list'])).toMatchObject({
    code: 0,
    stdout: 'nothing was told yet\n',
  });
  const wrong = { NCFD_NOTIFY_WEBHOOK_URL: 'not-an-address-of-anything' };
  const { code, stderr } = await stack.ncfd(['notify', 'send'], { env: wrong });
  expect([code, stderr]).toEqual([2, expect.stringContaining('NCFD_NOTIFY_WEBHOOK_URL is no')]);
  expect(stderr).not.toContain('not-an-address');
});

test('health is red while no heartbeat was ever delivered, and names it', async () => {
  expect(await health()).toMatchObject({
    status: 'failed',
    reason: 'no heartbeat was ever delivered',
  });
});

test('a worker process beats the heart and tells what is written into the outbox', async () => {
  expect(await stack.ncfd(['notify', 'test'], { env })).toMatchObject({ code: 0 });
  stack.startWorker(env);
  await receiver.until(2);
  const told = receiver.received.map(({ key, body }) => [key.split('%')[0], body.text]);
  expect(told).toContainEqual(['heartbeat', undefined]);
  expect(told).toContainEqual([
    'test',
    expect.stringContaining(':information_source: a test: nothing happened'),
  ]);
  const end = Date.now() + 60_000;
  while ((await health()).status !== 'ok' && Date.now() < end) continue;
  expect(await health()).toMatchObject({
    status: 'ok',
    reason: expect.stringMatching(
      /^nothing waits for long; the last heartbeat was delivered \d+ s ago$/,
    ),
  });
  const { stdout } = await stack.ncfd(['notify', 'list', '--output', 'json']);
  expect(stdout).not.toContain('secret-path');
  expect(JSON.parse(stdout)).toMatchObject({ notifications: [{ channel: 'slack', attempts: 1 }] });
});

test('health is red when the notifier died: the last heartbeat is old, what is told waits', async () => {
  await query(
    stack.database.adminUrl,
    `UPDATE notification_channels SET delivered_at = now() - interval '10 minutes',
       since = now() - interval '1 day', open_at = now() + interval '1 day'`,
  );
  await query(
    stack.database.adminUrl,
    `INSERT INTO notifications (dedup_key, severity, title, created_at)
     VALUES ('old', 'info', 'old', now() - interval '1 hour')`,
  );
  expect(await health()).toMatchObject({
    status: 'failed',
    reason: 'the last heartbeat was delivered 10 min ago; slack has 1 that wait for 1 h',
    hint: expect.stringContaining('ncfd notify send'),
  });
});
