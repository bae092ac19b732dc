import { AsyncLocalStorage } from 'node:async_hooks';
import { CaseBook, LONG, NO_VIOLATION, shuffled } from './support/cases';
import type { Query } from './support/invariants';
import { openLane, type Lane } from './support/lane';
import { installSqlSeam, type Boundary } from './support/seam';
import { SHARDS } from './support/small-run';
import {
  atAnyMoment,
  attempt,
  differences,
  throughTheSteps,
  type Rehearsed,
} from './support/steps';
import { failureType } from './support/worker-life';

const book = new CaseBook('delivery.test.ts');
let lane: Lane;
let removeSeam: () => void;

beforeAll(async () => {
  removeSeam = installSqlSeam();
  lane = await openLane();
});
afterAll(async () => {
  await lane.close();
  removeSeam();
});

/** What an attempt may end in that another one overtook. */
const OVERTAKEN = new Set(['FencingLost']);

/** Resolves when the work is done, or when a statement of anybody waits for a lock. */
async function doneOrBlocked(query: Query, work: Promise<unknown>): Promise<void> {
  let done = false;
  void work.finally(() => (done = true)).catch(() => undefined);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (done) return;
    const [row] = await query<{ n: string }>(
      `SELECT count(*) AS n FROM pg_locks JOIN pg_database d ON d.oid = database
        WHERE NOT granted AND datname = current_database()
       HAVING count(*) > 0 UNION ALL SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (Number(row?.n ?? 0) > 0) return;
  }
}

/** An attempt stops at a boundary, a newer one does all the work, then the old one goes on. */
async function zombie({ step, after }: Rehearsed, { index }: Boundary): Promise<string[]> {
  await lane.states.restore();
  const problems: string[] = [];
  let heir: Promise<unknown> = Promise.resolve();
  // The new attempt is no part of the old one's asynchronous context, nor of its transaction.
  const elsewhere = AsyncLocalStorage.snapshot();
  const run = async (): Promise<void> => {
    heir = elsewhere(() => attempt(lane.worker(), step));
    await doneOrBlocked(lane.query, heir);
    problems.push(...(await atAnyMoment(lane)));
  };
  const old = lane.worker((at) => (at.index === index ? { kind: 'first', run } : null));
  problems.push(...(await ends('the old attempt', attempt(old, step))));
  problems.push(...(await ends('the new attempt', heir)));
  if (old.life.struck === null) problems.push('the boundary was never met');
  return [...problems, ...differences(await lane.states.look(), after)];
}

/** An attempt stops at a boundary, a newer one claims and works, then the old one goes on first. */
async function fenced({ step, after }: Rehearsed, { index }: Boundary): Promise<string[]> {
  await lane.states.restore();
  const elsewhere = AsyncLocalStorage.snapshot();
  const atWork = gate();
  const mayEnd = gate();
  const holds = async (): Promise<void> => {
    atWork.open();
    await mayEnd.opened;
  };
  const young = lane.worker(({ label }) =>
    label.startsWith('put ') ? { kind: 'first', run: holds } : null,
  );
  let heir: Promise<unknown> = Promise.resolve();
  const run = async (): Promise<void> => {
    heir = elsewhere(() => attempt(young, step));
    heir.catch(() => undefined);
    await Promise.race([atWork.opened, heir]);
  };
  const old = lane.worker((at) => (at.index === index ? { kind: 'first', run } : null));
  const error = await attempt(old, step).catch((reason: unknown) => reason);
  const problems =
    failureType(error) === 'FencingLost'
      ? []
      : [`the old attempt ended in ${JSON.stringify(error)}`];
  problems.push(...(await atAnyMoment(lane)));
  mayEnd.open();
  problems.push(...(await ends('the new attempt', heir)));
  return [...problems, ...differences(await lane.states.look(), after)];
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** Both attempts go at once. */
async function overlapping({ step, after }: Rehearsed): Promise<string[]> {
  await lane.states.restore();
  const both = [attempt(lane.worker(), step), attempt(lane.worker(), step)];
  const ended = await Promise.all(both.map((one, i) => ends(`attempt ${i + 1}`, one)));
  const problems = [...ended.flat(), ...(await atAnyMoment(lane))];
  return [...problems, ...differences(await lane.states.look(), after)];
}

/** A second delivery after the first one ended. */
async function again({ step, after }: Rehearsed): Promise<string[]> {
  await lane.states.restore();
  const first = await attempt(lane.worker(), step);
  const second = await attempt(lane.worker(), step);
  const same = JSON.stringify({ ...(first as object), reused: true });
  const told = JSON.stringify({ ...(second as object), reused: true });
  const problems = same === told ? [] : [`answered ${told}, first ${same}`];
  return [...problems, ...differences(await lane.states.look(), after)];
}

async function ends(who: string, work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return OVERTAKEN.has(failureType(error)) ? [] : [`${who} ended in ${String(error)}`];
  }
}

test(
  'an activity that is delivered twice, overlaps itself or is overtaken anywhere writes once',
  async () => {
    const atEnd = await throughTheSteps(lane, shuffled(SHARDS), async (rehearsed) => {
      const { label } = rehearsed.step;
      await book.try('delivered again', `${label}:again`, () => again(rehearsed));
      for (let i = 0; i < (LONG ? 10 : 2); i += 1) {
        await book.try('two attempts at once', `${label}:at-once-${i}`, () =>
          overlapping(rehearsed),
        );
      }
      for (const boundary of rehearsed.boundaries) {
        if (boundary.kind !== 'sql' && boundary.kind !== 'artifact') continue;
        await book.try('zombie overtaken', `${label}:${boundary.index}:zombie`, () =>
          zombie(rehearsed, boundary),
        );
        // Between its claim and the lock of its shard an attempt can lose it.
        if (!label.includes('/') || !/^(?:put |BEGIN)/.test(boundary.label)) continue;
        await book.try('zombie fenced off', `${label}:${boundary.index}:fenced`, () =>
          fenced(rehearsed, boundary),
        );
      }
    });
    expect(atEnd).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  30 * 60_000,
);
