import { AsyncLocalStorage } from 'node:async_hooks';
import { CaseBook, LONG, NO_VIOLATION, shuffled } from './support/cases';
import type { Lane } from './support/lane';
import { Lanes, type StepCase } from './support/lanes';
import { doneOrBlocked, OVERTAKEN } from './support/overtaking';
import { installSqlSeam, type Boundary } from './support/seam';
import { SHARDS } from './support/small-run';
import { atAnyMoment, attempt, differences, type Rehearsed } from './support/steps';
import { failureType } from './support/worker-life';

const book = new CaseBook('delivery.test.ts');
let lanes: Lanes;
let removeSeam: () => void;

beforeAll(async () => {
  removeSeam = installSqlSeam();
  lanes = await Lanes.open();
});
afterAll(async () => {
  await lanes.close();
  removeSeam();
});

/** An attempt stops at a boundary, a newer one does all the work, then the old one goes on. */
async function zombie(
  lane: Lane,
  { step, after }: Rehearsed,
  { index }: Boundary,
): Promise<string[]> {
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
async function fenced(
  lane: Lane,
  { step, after }: Rehearsed,
  { index }: Boundary,
): Promise<string[]> {
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
async function overlapping(lane: Lane, { step, after }: Rehearsed): Promise<string[]> {
  await lane.states.restore();
  const both = [attempt(lane.worker(), step), attempt(lane.worker(), step)];
  const ended = await Promise.all(both.map((one, i) => ends(`attempt ${i + 1}`, one)));
  const problems = [...ended.flat(), ...(await atAnyMoment(lane))];
  return [...problems, ...differences(await lane.states.look(), after)];
}

/** A second delivery after the first one ended. */
async function again(lane: Lane, { step, after }: Rehearsed): Promise<string[]> {
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

function* deliveries(lane: Lane, rehearsed: Rehearsed): Generator<StepCase> {
  const { label } = rehearsed.step;
  const run = () => again(lane, rehearsed);
  yield { fault: 'delivered again', name: `${label}:again`, run };
  for (let i = 0; i < (LONG ? 10 : 2); i += 1) {
    const both = () => overlapping(lane, rehearsed);
    yield { fault: 'two attempts at once', name: `${label}:at-once-${i}`, run: both };
  }
  const claim = rehearsed.boundaries.find((one) => one.label.startsWith('INSERT INTO run_shards'));
  for (const boundary of rehearsed.boundaries) {
    if (boundary.kind !== 'sql' && boundary.kind !== 'artifact') continue;
    yield {
      fault: 'zombie overtaken',
      name: `${label}:${boundary.index}:zombie`,
      run: () => zombie(lane, rehearsed, boundary),
    };
    // Between its claim and the lock of its shard an attempt can lose it.
    if (claim === undefined || boundary.index < claim.index) continue;
    if (!/^(?:put |BEGIN)/.test(boundary.label)) continue;
    yield {
      fault: 'zombie fenced off',
      name: `${label}:${boundary.index}:fenced`,
      run: () => fenced(lane, rehearsed, boundary),
    };
  }
}

test(
  'an activity that is delivered twice, overlaps itself or is overtaken anywhere writes once',
  async () => {
    expect(await lanes.sweep(book, shuffled(SHARDS), deliveries)).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  30 * 60_000,
);
