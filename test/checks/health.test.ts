import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { CheckRow } from '../../src/checks/check';
import { healthChecks } from '../../src/checks/health';
import { runChecks } from '../../src/checks/run-checks';
import { healthSettings, type HealthCheckId, type HealthSettings } from '../../src/config/health';
import type { Settings } from '../../src/config/settings';
import { silentLog } from '../../src/observability/log';
import { createWorker } from '../../src/worker';
import { createTestBucket, type TestBucket } from '../support/s3';
import { startSilentServer, type SilentServer } from '../support/silent-server';
import { createTestDatabase } from '../support/database';
import { testBundle } from '../workflow/support/bundle';
import { createHarness, type Harness } from '../workflow/support/harness';

/** A port that nothing listens on. */
const NOWHERE = '127.0.0.1:9';
/** Enough for a busy machine; what hangs is tried with less. */
const TIMEOUT_MS = 20_000;

let harness: Harness;
let bucket: TestBucket;
let silent: SilentServer;
const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-health-'));

beforeAll(async () => {
  [harness, bucket, silent] = await Promise.all([
    createHarness(),
    createTestBucket(),
    startSilentServer(),
  ]);
});
afterAll(async () => {
  await silent.close();
  await harness.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Changes {
  readonly settings?: Partial<Settings>;
  readonly health?: Partial<HealthSettings>;
  readonly now?: () => number;
  readonly timeoutMs?: number;
}

/** What one check finds, with these changes to what is well. */
async function found(id: HealthCheckId, changes: Changes = {}): Promise<CheckRow> {
  const look = {
    settings: { ...harness.settings, ...changes.settings },
    health: { ...healthSettings(harness.settings), ...changes.health },
    ...(changes.now === undefined ? {} : { now: changes.now }),
  };
  const checks = healthChecks(look).filter((check) => check.id === id);
  const report = await runChecks(checks, { timeoutMs: changes.timeoutMs ?? TIMEOUT_MS });
  return report.checks[0] as CheckRow;
}

/** Asks until the answer is as wanted; the last answer when it never is. */
async function eventually(
  look: () => Promise<CheckRow>,
  wanted: (row: CheckRow) => boolean,
): Promise<CheckRow> {
  const end = Date.now() + 30_000;
  for (;;) {
    const row = await look();
    if (wanted(row) || Date.now() > end) return row;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const matching = (text: RegExp): string => expect.stringMatching(text) as string;

const s3 = (changes: Partial<TestBucket> = {}): Partial<Settings> => ({
  artifacts: `s3://${bucket.bucket}/health`,
  s3: { ...bucket, ...changes },
});

async function asAdmin(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}

describe('the check of the database', () => {
  it('is green on a database of this release, and counts its migrations', async () => {
    const row = await found('database');
    expect(row).toMatchObject({ status: 'ok', reason: matching(/^PostgreSQL .*(\d+) of \1/) });
  });

  it('is red when a migration was never applied, and names it', async () => {
    const database = await createTestDatabase();
    await asAdmin(database.adminUrl, "DELETE FROM schema_migrations WHERE name LIKE '0008%'");
    const row = await found('database', { settings: { databaseUrl: database.url } });
    expect(row).toMatchObject({
      status: 'failed',
      reason: 'the database lacks 1 migration(s): 0008_schedules',
      hint: matching(/migrate up/),
    });
    await asAdmin(
      database.adminUrl,
      `UPDATE schema_checksums SET sha256 = '${'0'.repeat(64)}' WHERE name LIKE '0002%'`,
    );
    const drifted = await found('database', { settings: { databaseUrl: database.url } });
    expect(drifted).toMatchObject({ status: 'failed', reason: matching(/0002_trials.*changed/) });
    await database.drop();
  });

  it.each([
    ['nobody listens', NOWHERE, /cannot reach the database/],
    ['the password is wrong', null, /password authentication failed/],
  ])('is red when %s, without telling the password', async (_, host, reason) => {
    const url = new URL(harness.settings.databaseUrl ?? '');
    url.password = 'hush';
    if (host !== null) url.host = host;
    const row = await found('database', { settings: { databaseUrl: url.href } });
    expect(row).toMatchObject({ status: 'failed', reason: matching(reason) });
    expect(JSON.stringify(row)).not.toContain('hush');
  });

  it('is red when it is not configured', async () => {
    const row = await found('database', { settings: { databaseUrl: null } });
    expect(row).toMatchObject({
      status: 'failed',
      reason: matching(/NCFD_DATABASE_URL is not set/),
    });
  });
});

describe('the checks of Temporal', () => {
  it('are green with a server, its namespace and a worker', async () => {
    expect(await found('temporal')).toMatchObject({ status: 'ok', reason: matching(/default$/) });
    const { stop } = await harness.startWorker();
    const row = await eventually(
      () => found('pollers'),
      ({ status }) => status === 'ok',
    );
    expect(row).toMatchObject({
      status: 'ok',
      reason: matching(/1 for workflows, 1 for activities/),
    });
    await stop();
  });

  it('are red when nobody listens, when the namespace is unknown, and without a worker', async () => {
    const nowhere = { settings: { temporalAddress: NOWHERE } };
    expect(await found('temporal', nowhere)).toMatchObject({
      status: 'failed',
      reason: matching(/^Temporal at 127\.0\.0\.1:9: /),
    });
    const stranger = { settings: { temporalNamespace: 'nobody-knows-it' } };
    expect(await found('temporal', stranger)).toMatchObject({
      status: 'failed',
      reason: matching(/nobody-knows-it/),
    });
    expect(await found('pollers', { settings: { taskQueue: 'nobody-works-here' } })).toMatchObject({
      status: 'failed',
      reason: matching(/^no worker takes tasks from nobody-works-here/),
      hint: matching(/ncfd worker/),
    });
  });
});

describe('the check of what waits', () => {
  it('is green when nothing waits', async () => {
    const idle = { settings: { taskQueue: 'nothing-waits-here' } };
    expect(await found('backlog', idle)).toMatchObject({
      status: 'ok',
      reason: matching(/^0 tasks and \d+ runs wait/),
    });
  });

  it('is red when a task waits for a worker, and when a run does', async () => {
    const input = await harness.register();
    await harness.client.startRun(input);
    const row = await eventually(
      () => found('backlog', { health: { backlogSeconds: 0.01 } }),
      ({ reason }) => reason.includes('a task waits'),
    );
    expect(row).toMatchObject({
      status: 'degraded',
      reason: matching(/^a task waits for \d+ s \(1 in all\); a run waits for/),
    });
    await harness.client.cancelRun(input.header.runKey);
  });
});

describe('the check of the artifact store', () => {
  it('is green on files and on a bucket', async () => {
    expect(await found('artifacts')).toMatchObject({
      status: 'ok',
      reason: matching(/probe in fs:/),
    });
    const row = await found('artifacts', { settings: s3() });
    expect(row).toMatchObject({ status: 'ok', reason: matching(/probe in s3:/) });
  });

  it('is red when the folder is a file', async () => {
    const occupied = path.join(folder, 'occupied');
    writeFileSync(occupied, '');
    const row = await found('artifacts', { settings: { artifacts: `fs:${occupied}` } });
    expect(row).toMatchObject({
      status: 'failed',
      reason: matching(/cannot write probe-.*EEXIST|ENOTDIR/),
    });
  });

  it.each<[string, Partial<TestBucket>, RegExp]>([
    ['the key is wrong', { secretAccessKey: 'wrong' }, /SignatureDoesNotMatch/],
    ['nobody listens', { endpoint: `http://${NOWHERE}` }, /ECONNREFUSED/],
  ])('is red when %s', async (_, change, reason) => {
    const row = await found('artifacts', { settings: s3(change) });
    expect(row).toMatchObject({ status: 'failed', reason: matching(reason) });
  });
});

describe('the checks of what answers over HTTP', () => {
  let server: Server;
  let url = '';
  let answer: { status: number; body: string };
  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each<[HealthCheckId, string]>([
    ['worker', 'workerUrl'],
    ['api', 'apiUrl'],
    ['registry', 'registryUrl'],
  ])('of the %s tell green, red with its own reasons, and silence', async (id, key) => {
    expect(await found(id)).toMatchObject({ status: 'off', reason: 'not configured' });
    answer = { status: 200, body: 'well' };
    expect(await found(id, { health: { [key]: url } })).toMatchObject({ status: 'ok' });
    answer = { status: 503, body: '{"status":"not ready","reasons":["worker is DRAINING"]}' };
    expect(await found(id, { health: { [key]: url } })).toMatchObject({
      status: 'failed',
      reason: matching(/answers 503: worker is DRAINING$/),
    });
    expect(await found(id, { health: { [key]: 'http://127.0.0.1:10' } })).toMatchObject({
      status: 'failed',
      reason: matching(/ECONNREFUSED/),
    });
  });
});

describe('the check of Redis', () => {
  it('is off when it is not configured, and red when nobody or somebody else listens', async () => {
    expect(await found('redis')).toMatchObject({ status: 'off', reason: 'not configured' });
    const refused = await found('redis', { health: { redisUrl: `redis://:hush@${NOWHERE}` } });
    expect(refused).toMatchObject({ status: 'failed', reason: matching(/^Redis: .*ECONNREFUSED/) });
    expect(JSON.stringify(refused)).not.toContain('hush');
    const { host } = new URL(bucket.endpoint);
    const web = await found('redis', { health: { redisUrl: `redis://${host}` } });
    expect(web).toMatchObject({ status: 'failed', reason: matching(/^Redis: /) });
  });
});

describe('the check of the disks', () => {
  it('is red below the free space that is asked for: first degraded, then failed', async () => {
    const { detail } = await found('disk');
    const { freeMb } = (detail as Record<string, { freeMb: number }>)['artifacts'] ?? { freeMb: 0 };
    expect(await found('disk', { health: { diskFreeMb: freeMb * 2 } })).toMatchObject({
      status: 'degraded',
      reason: matching(/^artifacts: \d+ MB free in .*, less than/),
    });
    const row = await found('disk', { health: { diskFreeMb: freeMb * 100, logFolder: folder } });
    expect(row).toMatchObject({ status: 'failed', reason: matching(/artifacts: .*; logs: /) });
  });

  it('is red on a disk that takes no further file, and on one that is read-only', async () => {
    const disk = path.join(folder, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=2', 'tmpfs', disk], {
        stdio: 'ignore',
      });
    } catch {
      process.stderr.write('not run: cannot mount a file system (needs root on Linux)\n');
      return;
    }
    try {
      const here = { settings: { artifacts: `fs:${disk}` } };
      writeFileSync(path.join(disk, 'the-only-one'), '');
      expect(await found('disk', here)).toMatchObject({
        status: 'failed',
        reason: matching(/no room for another file/),
      });
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      expect(await found('disk', here)).toMatchObject({
        status: 'failed',
        reason: matching(/cannot be written to/),
      });
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});

describe('the check of the clock', () => {
  it('is green against both servers, and red when ours is wrong in either direction', async () => {
    expect(await found('clock')).toMatchObject({
      status: 'ok',
      reason: matching(/^PostgreSQL is .*; Temporal is /),
    });
    for (const [shift, word] of [
      [600_000, 'behind'],
      [-600_000, 'ahead'],
    ] as const) {
      const row = await found('clock', { now: () => Date.now() + shift });
      expect(row).toMatchObject({
        status: 'degraded',
        reason: matching(
          new RegExp(`^PostgreSQL is (60|59)\\d+ ms ${word}.*Temporal is (60|59)\\d+ ms ${word}`),
        ),
      });
    }
  });

  it('is red when a server cannot be asked', async () => {
    const row = await found('clock', { settings: { temporalAddress: NOWHERE } });
    expect(row).toMatchObject({
      status: 'degraded',
      reason: matching(/not compared with Temporal/),
    });
  });
});

describe('the check of the last publication', () => {
  it('is red when nothing was published, and when the last is too old', async () => {
    const none = await found('publication', { health: { publicationHours: 1 } });
    expect(none).toMatchObject({
      status: 'degraded',
      reason: 'nothing was published yet; the limit is 1 h',
    });
    const { header } = await harness.register({ identity: { request_token: 'old' } });
    await harness.query(
      `INSERT INTO publications (publication_sha256, run_id, mode, manifest, object_prefix, published_at)
       VALUES ($1, $2, 'pre_readout', '{}', 'x', now() - interval '5 h')`,
      ['a'.repeat(64), header.runId],
    );
    const limits: readonly (number | null)[] = [1, 6, null];
    const rows = await Promise.all(
      limits.map((publicationHours) => found('publication', { health: { publicationHours } })),
    );
    expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
      ['degraded', 'last publication 5 h ago; the limit is 1 h'],
      ['ok', 'last publication 5 h ago'],
      ['ok', 'last publication 5 h ago; no limit is set'],
    ]);
  });
});

test('everything that accepts and never answers is red within the bound, named by its address', async () => {
  const host = `127.0.0.1:${silent.port}`;
  const settings: Settings = {
    ...harness.settings,
    databaseUrl: `postgres://a:b@${host}/x`,
    temporalAddress: host,
    notifyHeartbeatUrl: `http://${host}`,
    ...s3({ endpoint: `http://${host}` }),
  };
  const health: HealthSettings = {
    ...healthSettings(harness.settings),
    redisUrl: `redis://${host}`,
    workerUrl: `http://${host}`,
    apiUrl: `http://${host}`,
    registryUrl: `http://${host}`,
  };
  const report = await runChecks(healthChecks({ settings, health }), { timeoutMs: 500 });
  expect(report.verdict).toBe('down');
  const well = report.checks.filter(({ status }) => status === 'ok').map(({ id }) => id);
  expect(well).toEqual(['disk']);
  for (const { id, reason } of report.checks.filter((row) => row.id !== 'disk')) {
    const where = id === 'clock' ? '' : ` from .*${host}.*`;
    expect([id, reason]).toEqual([id, matching(new RegExp(`^no answer${where} within 0\\.5 s$`))]);
  }
  expect(silent.accepted()).toBeGreaterThan(5);
});

test('a worker tells over HTTP what of all that runs need is not well, looking once for all who ask', async () => {
  const worker = await createWorker({
    settings: { ...harness.settings, taskQueue: `${harness.settings.taskQueue}-health` },
    log: silentLog(),
    workflowBundle: await testBundle(),
    handleSignals: false,
    shutdownGraceMs: 1_000,
  });
  const url = `${worker.healthUrl ?? ''}/health`;
  const early = await fetch(url);
  expect(early.status).toBe(503);
  const { verdict, checks } = (await early.json()) as { verdict: string; checks: CheckRow[] };
  expect(verdict).toBe('down');
  expect(checks.find(({ id }) => id === 'worker')).toMatchObject({
    status: 'failed',
    reason: 'worker is INITIALIZED',
  });
  const bodies = await Promise.all(
    Array.from({ length: 50 }, async () => (await fetch(url)).text()),
  );
  expect(new Set(bodies.map((body) => (JSON.parse(body) as { at: string }).at)).size).toBeLessThan(
    3,
  );

  const running = worker.run();
  const end = Date.now() + 30_000;
  while ((await fetch(url)).status !== 200 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await (await fetch(url)).json()).toMatchObject({ verdict: 'healthy' });
  worker.shutdown();
  await running;
});
