import { poll } from '../../src/client/poll';
import type { RunRow } from '../../src/ports/run-store';
import { applied, everyTwoSeconds } from '../schedule/support';
import type { BuildFolder, Edit } from './support/builds';
import { Stage } from './support/rehearsal';

/** Starts by each version's own command line; by chance alone one in 128 times all would be right. */
const STARTS = 4;
const WAIT_MS = 120_000;
/** Moves every score, and its audit with it: whole in itself, and other bytes. */
const computing = (change: number): Edit => ({
  file: 'dist/domain/math/exp-log.js',
  find: '(p / (1 - p));',
  put: `(p / (1 - p)) + ${change};`,
});
/** Runs that are told apart from no other by their inputs. */
const START = ['run', 'start', '--again', '--universe', 'all', '--as-of', '2026-01-15'];

let stage: Stage;
let v2: BuildFolder;
/** Code that each version runs. */
let codes: ReadonlyMap<BuildFolder, string>;

beforeAll(async () => {
  stage = await Stage.open();
  v2 = stage.build('v2', [computing(0.01)]);
  stage.start(v2);
  await stage.must(v2, 'deploy', 'register', v2.buildId);
  codes = new Map([
    [stage.v1, stage.codeVersion],
    [v2, await stage.codeVersionOf(v2)],
  ]);
  await ramp(50);
}, 600_000);
afterAll(() => stage.close(), 60_000);

const ramp = (percent: number) =>
  stage.must(v2, 'deploy', 'ramp', v2.buildId, String(percent), '--ungated', '--reason', 'a test');

async function started(build: BuildFolder): Promise<string> {
  const { stdout } = await stage.must(build, ...START, '--output', 'json');
  return (JSON.parse(stdout) as { runId: string }).runId;
}

/** The run when it has ended. */
async function ended(runId: string): Promise<RunRow> {
  const row = await poll(WAIT_MS, async () => {
    const run = await stage.harness.stores.runs.run(runId);
    return run?.status === 'published' || run?.status === 'failed' ? run : null;
  });
  if (row === null) throw new Error(`${runId} did not end`);
  return row;
}

/** Whether a run is what the build computes, to the byte. */
const verified = (build: BuildFolder, runId: string) =>
  stage.must(build, 'run', 'verify', runId, '--allow-unsigned');

/** Runs that a schedule started until both versions had some. */
async function scheduledRuns(): Promise<RunRow[]> {
  const { harness } = stage;
  const store = harness.stores.scheduleStore;
  const schedule = everyTwoSeconds('ramped');
  await applied(store, harness.client.schedules(), schedule);
  const both = await poll(WAIT_MS, async () => {
    const ids = (await store.ticks(schedule.id, '2000-01-01T00:00:00Z')).map(({ runId }) => runId);
    const rows = await Promise.all(
      [...new Set(ids)].map((id) => harness.stores.runs.run(id ?? '')),
    );
    const runs = rows.filter((row) => row !== null);
    return new Set(runs.map(codeOf)).size === 2 ? runs : null;
  });
  await harness.client.schedules().delete(schedule.id);
  if (both === null) throw new Error('one version took all scheduled runs');
  return both;
}

const codeOf = ({ header }: RunRow): string => header.identity.code_version;

describe('while two versions that compute differently share the new runs', () => {
  it('every run is computed by the code that it is named for, whoever starts it', async () => {
    const builds = [...codes.keys()];
    const scheduled = scheduledRuns();
    const starts = await Promise.all(
      builds.map(async (build) => {
        const ids: string[] = [];
        for (let i = 0; i < STARTS; i += 1) ids.push(await started(build));
        return Promise.all(ids.map(ended));
      }),
    );
    const publications = starts.map((runs) => new Set(runs.map((run) => run.publicationSha256)));
    expect(starts.flat().flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(publications.map(({ size }) => size)).toEqual([1, 1]);
    expect(publications[0]).not.toEqual(publications[1]);
    for (const [i, build] of builds.entries()) {
      expect(new Set(starts[i]?.map(codeOf))).toEqual(new Set([codes.get(build)]));
      await verified(build, starts[i]?.[0]?.header.runId ?? '');
    }
    const ticks = await Promise.all((await scheduled).map(({ header }) => ended(header.runId)));
    expect(ticks.flatMap(({ error }) => error ?? [])).toEqual([]);
    for (const build of builds) {
      const own = ticks.find((run) => codeOf(run) === codes.get(build));
      await verified(build, own?.header.runId ?? '');
    }
  }, 600_000);

  it('a run that no version would compute is refused before it is registered', async () => {
    const v3 = stage.build('v3', [computing(0.02)]);
    const before = await stage.harness.stores.runs.runs(1_000);
    for (const more of [[], ['--dry-run']]) {
      const { code, stderr } = await stage.ncfd(v3, ...START, ...more);
      expect([code, stderr]).toEqual([
        5,
        expect.stringContaining('would not compute a run of code'),
      ]);
    }
    expect(await stage.harness.stores.runs.runs(1_000)).toHaveLength(before.length);
  }, 120_000);

  it('a run that was stopped is retried on its own code when another version takes all', async () => {
    stage.hold();
    const runId = await started(stage.v1);
    await poll(WAIT_MS, async () => ((await stage.wholeShards(runId)).length > 0 ? true : null));
    await stage.must(v2, 'run', 'cancel', runId, '--reason', 'a test');
    await ramp(100);
    await poll(WAIT_MS, async () => {
      const run = await stage.harness.stores.runs.run(runId);
      return run?.status === 'cancelled' ? true : null;
    });
    stage.release();
    await stage.must(v2, 'run', 'retry', runId, '--reason', 'a test');
    expect((await ended(runId)).status).toBe('published');
    await verified(stage.v1, runId);
  }, 300_000);

  it('a rollback replaces the run of a schedule, whose workflow notes it and ends', async () => {
    const { harness } = stage;
    const store = harness.stores.scheduleStore;
    const schedule = everyTwoSeconds('left', { initially: 'paused' });
    stage.hold();
    await ramp(100);
    await applied(store, harness.client.schedules(), schedule);
    await harness.client.schedules().trigger(schedule.id);
    const tick = async (outcome: string) =>
      poll(WAIT_MS, async () => {
        const rows = await store.ticks(schedule.id, '2000-01-01T00:00:00Z');
        return rows.find((row) => row.outcome === outcome) ?? null;
      });
    const runId = (await tick('started'))?.runId ?? '';
    await poll(WAIT_MS, async () => ((await stage.wholeShards(runId)).length > 0 ? true : null));
    await stage.stop(v2);
    const back = await stage.must(stage.v1, 'deploy', 'rollback', '--output', 'json');
    stage.release();
    const { runs } = JSON.parse(back.stdout) as { runs: { fate: string; runId: string | null }[] };
    expect(runs.map(({ fate }) => fate).sort()).toEqual(['moved', 'replaced']);
    const instead = runs.flatMap(({ runId: id }) => (id === null ? [] : [id]));
    for (const id of instead) expect(await ended(id)).toMatchObject({ status: 'published' });
    expect((await tick('failed'))?.runId).toBe(runId);
    await harness.client.schedules().delete(schedule.id);
  }, 300_000);
});
