import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { poll } from '../../src/client/poll';
import { claimPort } from '../../src/dev/ports';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { startTemporal, type TemporalServer } from '../../src/dev/temporal-server';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { TestStack } from '../e2e/command-line';
import { query } from '../stores/support';

interface Shown {
  readonly runId: string;
  readonly status: string;
  readonly publication: string | null;
}
interface Saved {
  readonly rows: number;
  readonly artifacts: number;
  readonly manifestSha256: string;
}

let stack: TestStack;
let worker: ChildProcess;
let runId: string;
let backup: string;
let saved: Saved;
/** The system that the backup is restored into: nothing of it is shared with the first one. */
let other: Readonly<Record<string, string>>;
let otherDatabase: TestDatabase;
let otherServer: TemporalServer;
let port: Awaited<ReturnType<typeof claimPort>>;

beforeAll(async () => {
  stack = await TestStack.open();
  backup = stack.path('backup');
  otherDatabase = await createTestDatabase();
  port = await claimPort();
  otherServer = await startTemporal({
    folder: stack.path('temporal'),
    port: port.port,
    inMemory: true,
  });
  other = {
    NCFD_DATABASE_URL: otherDatabase.url,
    NCFD_MIGRATOR_URL: otherDatabase.migratorUrl,
    NCFD_READER_URL: otherDatabase.readerUrl,
    NCFD_ARTIFACTS: `fs:${stack.path('other-artifacts')}`,
    TEMPORAL_ADDRESS: otherServer.address,
  };
  await stack.ncfd(['sample', 'write', stack.path('sample'), '--count', '60']);
  const loaded = await stack.ncfd(['ingest', stack.path('sample')]);
  if (loaded.code !== 0) throw new Error(loaded.stderr);
  worker = stack.startWorker();
  await stopInTheMiddle();
  saved = await stack.json<Saved>(['backup', 'create', backup]);
  worker.kill('SIGCONT');
}, 120_000);

afterAll(async () => {
  worker.kill('SIGCONT');
  await stack.close();
  await otherServer.stop();
  await otherDatabase.drop();
  port.release();
});

/** Starts a run and freezes its worker, as it is, once a shard is whole and others are not. */
async function stopInTheMiddle(): Promise<void> {
  const start = ['run', 'start', '--mode', 'post_readout', '--as-of', SAMPLE_AS_OF];
  const shards = ['--shard-size', '4', '--params', stack.demoParameters()];
  runId = (await stack.json<Shown>([...start, ...shards])).runId;
  const whole = await poll(60_000, async () => {
    const [row] = await query<{ n: number }>(
      stack.database.adminUrl,
      `SELECT count(*)::int AS n FROM run_shards WHERE stage = 'freeze' AND status = 'succeeded'`,
    );
    return row !== undefined && row.n > 0 ? row.n : null;
  });
  expect(whole).toBeGreaterThan(0);
  worker.kill('SIGSTOP');
}

const restored = (args: readonly string[]) => stack.ncfd(args, { env: other });

async function published(env: Readonly<Record<string, string>>): Promise<string> {
  const done = await poll(90_000, async () => {
    const shown = await stack.ncfd(['run', 'show', runId, '--output', 'json'], { env });
    const { publication } = JSON.parse(shown.stdout) as Shown;
    return publication ?? null;
  });
  if (done === null) throw new Error('the run did not publish');
  return done;
}

async function exported(env: Readonly<Record<string, string>>, to: string) {
  const { code, stderr } = await stack.ncfd(['publication', 'export', stack.path(to)], { env });
  if (code !== 0) throw new Error(stderr);
  const names = readdirSync(stack.path(to)).sort();
  return names.map((name) => [name, readFileSync(stack.path(to, name)).toString('base64')]);
}

describe('a backup of a system with a run in flight', () => {
  it('is whole, and says how much it holds', async () => {
    expect(saved.rows).toBeGreaterThan(60);
    expect(saved.artifacts).toBeGreaterThan(0);
    const { code, stdout } = await stack.ncfd(['backup', 'verify', backup]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(saved.manifestSha256)]);
  });

  it('is not made twice in one place, and a dry run makes none', async () => {
    const again = await stack.ncfd(['backup', 'create', backup]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('NCFD6010')]);
    const dry = await stack.ncfd(['backup', 'create', stack.path('none'), '--dry-run']);
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('would save')]);
    expect(existsSync(stack.path('none'))).toBe(false);
  });

  it('is not made among the artifacts that it would save', async () => {
    const { code, stderr } = await stack.ncfd(['backup', 'create', stack.path('artifacts/backup')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('within the artifacts')]);
  });

  it('is refused by a database that has rows, which it leaves as they are', async () => {
    const { code, stderr } = await stack.ncfd(['backup', 'restore', backup]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('the database is not empty')]);
  });

  it('restored elsewhere, goes on with the run to the bytes of the undisturbed one', async () => {
    const dry = await restored(['backup', 'restore', backup, '--dry-run']);
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('would restore')]);
    expect(existsSync(stack.path('other-artifacts', 'runs'))).toBe(false);
    const { code, stdout, stderr } = await restored(['backup', 'restore', backup]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`restored ${saved.rows} rows and ${saved.artifacts} artifacts`);

    stack.startWorker(other);
    const plan = await restored(['run', 'retry', runId, '--dry-run', '--output', 'json']);
    const { recomputed } = JSON.parse(plan.stdout) as { recomputed: { from: string }[] };
    expect(recomputed.map(({ from }) => from)).toEqual(expect.arrayContaining(['signals']));
    expect((await restored(['run', 'retry', runId])).code).toBe(0);
    expect(await published(other)).toBe(await published({}));
    expect(await exported(other, 'out-other')).toEqual(await exported({}, 'out'));
  }, 180_000);

  it('restored, holds against verification: run, audit chain and its own record', async () => {
    const run = await restored(['run', 'verify', runId, '--allow-unsigned']);
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
    const audit = await restored(['audit', 'verify']);
    expect([audit.code, audit.stdout]).toEqual([0, expect.stringContaining('are whole')]);
    const record = await restored(['audit', 'list', '--action', 'restored', '--output', 'json']);
    expect(JSON.parse(record.stdout)).toMatchObject({
      records: [{ subject: `fs:${backup}`, afterSha256: saved.manifestSha256 }],
    });
  }, 60_000);

  it('gives new rows numbers that no restored row has', async () => {
    const { code, stderr } = await restored(['ingest', stack.path('sample')]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
  });

  it('names what is damaged, and is then not restored', async () => {
    const file = readdirSync(path.join(backup, 'tables')).find((name) => name.startsWith('runs.'));
    truncateSync(path.join(backup, 'tables', file ?? ''), 20);
    const [artifact] = readdirSync(path.join(backup, 'artifacts'));
    rmSync(path.join(backup, 'artifacts', artifact ?? ''), { recursive: true });
    const { code, stderr } = await stack.ncfd(['backup', 'verify', backup]);
    expect(code).toBe(5);
    expect(stderr).toContain('table runs');
    expect(stderr).toContain(`artifact ${artifact}/`);

    const empty = await createTestDatabase();
    const env = { ...other, NCFD_MIGRATOR_URL: empty.migratorUrl };
    const attempt = await stack.ncfd(['backup', 'restore', backup], { env });
    expect([attempt.code, attempt.stderr]).toEqual([5, expect.stringContaining('Nothing was')]);
    await empty.drop();
  });

  it('is none without its manifest, as an interrupted one', async () => {
    rmSync(path.join(backup, 'manifest.json'));
    const { code, stderr } = await stack.ncfd(['backup', 'verify', backup]);
    expect([code, stderr]).toEqual([4, expect.stringContaining('no finished backup')]);
  });
});
