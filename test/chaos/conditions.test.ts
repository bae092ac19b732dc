import { setTimeout as pause } from 'node:timers/promises';
import { defaultPayloadConverter, DefaultFailureConverter } from '@temporalio/common';
import { NcfdError } from '../../src/contracts/errors';
import type { RunCounts } from '../../src/contracts/run';
import { createRunStore } from '../../src/stores/postgres/run-store';
import { createTrialStore } from '../../src/stores/postgres/trial-store';
import { CaseBook, drawOf, LONG, NO_VIOLATION, shuffled } from './support/cases';
import { CLOCK_SHIFTS_MS, installClock } from './support/clock';
import { readerSeesOldOrNew, readPublication, violations } from './support/invariants';
import type { Lane } from './support/lane';
import { Lanes } from './support/lanes';
import { PoisonedRows, POISONS, type Poison } from './support/poison';
import { installSqlSeam, type Strike, type Strikes } from './support/seam';
import { TRIALS } from './support/small-run';
import {
  asServer,
  driveRun,
  failureType,
  WorkerLife,
  type Journey,
  type Order,
} from './support/worker-life';

const book = new CaseBook('conditions.test.ts');
let lanes: Lanes;
const remove: (() => void)[] = [];

beforeAll(async () => {
  remove.push(installSqlSeam(), installClock());
  lanes = await Lanes.open();
});
afterAll(async () => {
  await lanes.close();
  for (const one of remove) one();
});

interface Case {
  readonly fault: string;
  readonly name: string;
  run(lane: Lane): Promise<readonly string[]>;
}

async function tryAll(cases: readonly Case[]): Promise<void> {
  await lanes.numbered(cases.length, async (lane, i) => {
    const one = cases[i];
    if (one !== undefined) await book.try(one.fault, one.name, () => one.run(lane));
  });
}

const slug = (name: string): string => name.replaceAll(/\W+/g, '-');

/** Drives the run as the server would; between two attempts something may happen. */
async function driven(
  lane: Lane,
  worker: WorkerLife,
  order: Order,
  between: (failure: Error) => Promise<void> = async () => undefined,
): Promise<readonly string[]> {
  const journey: Journey = { deaths: 0, failures: [] };
  const call = asServer(
    worker,
    () => worker,
    journey,
    async () => {
      for (const failure of journey.failures.slice(-1)) await between(failure);
    },
  );
  await driveRun(call, lane.input, order);
  const limits = { extraClaims: journey.failures.length };
  return violations(lane.scene, lane.reference, limits);
}

/** Failures that name what is wrong with a row; anything else was not thought of. */
const NAMED = new Set(['Bug', 'DatabaseRefused', 'InternalSignalErrors', 'VerificationMismatch']);

/**
 * Runs over a poisoned trial. Either the run deals with it and accounts for every trial, or it ends
 * in a failure with a name and readers keep what they had. Mended, the rows give the same bytes.
 */
async function poisoned(lane: Lane, { sql }: Poison, nth: number): Promise<readonly string[]> {
  await lane.fresh();
  const rows = await PoisonedRows.of(lane);
  const problems: string[] = [];
  try {
    await rows.poison(sql, nth);
    const worker = lane.worker();
    await driveRun(worker.attempt.bind(worker), lane.input);
    problems.push(...(await accountsForAll(lane)));
    book.count('poison: published');
  } catch (failure) {
    book.count(`poison: ${failureType(failure)}`);
    if (!NAMED.has(failureType(failure))) problems.push(`the run ended in ${String(failure)}`);
    problems.push(...(await readerSeesOldOrNew(lane.scene, lane.reference)));
  } finally {
    await rows.mend();
  }
  await lane.fresh();
  return [...problems, ...(await driven(lane, lane.worker(), []))];
}

/** The publication is whole, current, and its counts add up to all trials. */
async function accountsForAll({ query, artifacts, input }: Lane): Promise<string[]> {
  const { runId, identity } = input.header;
  const [run] = await query<{ sha: string; counts: RunCounts; current: string }>(
    `SELECT r.publication_sha256 AS sha, r.counts, p.publication_sha256 AS current
       FROM runs r JOIN publication_pointer p USING (mode) WHERE run_id = $1 AND mode = $2`,
    [runId, identity.mode],
  );
  if (run === undefined || run.current !== run.sha) return ['the publication is not current'];
  await readPublication(artifacts, run.sha);
  const { scored, abstained, quarantined, trials } = run.counts;
  return scored + abstained + quarantined === TRIALS && trials === TRIALS
    ? []
    : [`counts do not add up: ${JSON.stringify(run.counts)}`];
}

function poisonCases(): Case[] {
  return POISONS.flatMap((poison) => {
    const trials = LONG ? shuffled(TRIALS) : shuffled(TRIALS, poison.name).slice(0, 1);
    return trials.map((nth) => ({
      fault: 'poison record',
      name: `poison:${slug(poison.name)}:${nth}`,
      run: (lane: Lane) => poisoned(lane, poison, nth),
    }));
  });
}

/** A worker with a pool of its own, of so many connections. */
async function withPool<T>(
  lane: Lane,
  connections: number,
  work: (worker: WorkerLife) => Promise<T>,
): Promise<T> {
  const { url } = lane.database;
  const trials = await createTrialStore(url, { connections });
  const runs = await createRunStore(url, { connections });
  try {
    return await work(new WorkerLife({ trials, runs, artifacts: lane.artifacts }));
  } finally {
    await Promise.all([trials.close(), runs.close()]);
  }
}

/** The server has `spare` connections left for a worker, and more after some failures. */
async function exhausted(lane: Lane, spare: number, after: number): Promise<readonly string[]> {
  await lane.fresh();
  await limitConnections(lane, spare);
  let failures = 0;
  let refused = 0;
  try {
    const problems = await withPool(lane, 2, (worker) =>
      driven(lane, worker, 'at once', async (failure) => {
        failures += 1;
        if (/too many connections/.test(failure.message)) refused += 1;
        if (failures >= after) await limitConnections(lane, null);
        await pause(5);
      }),
    );
    return refused > 0 ? problems : [...problems, 'no connection was refused'];
  } finally {
    await limitConnections(lane, null);
  }
}

/** Limits the connections of all but superusers to those that are open and `spare` more. */
async function limitConnections({ query }: Lane, spare: number | null): Promise<void> {
  const [row] = await query<{ name: string; open: string }>(
    `SELECT current_database() AS name, count(*) AS open FROM pg_stat_activity
      WHERE datname = current_database() AND usename <> current_user`,
  );
  const limit = spare === null ? -1 : Number(row?.open ?? 0) + spare;
  await query(`ALTER DATABASE "${row?.name}" CONNECTION LIMIT ${limit}`);
}

async function onOneConnection(lane: Lane): Promise<readonly string[]> {
  await lane.fresh();
  return withPool(lane, 1, (worker) => driven(lane, worker, 'at once'));
}

function poolCases(): Case[] {
  const again = Array.from({ length: LONG ? 50 : 4 }, (_, i) => i);
  const limits = [0, 1, 2, 3].flatMap((spare) => [1, 3, 6].map((after) => [spare, after] as const));
  return [
    ...again.map((i) => ({
      fault: 'pool of one connection',
      name: `pool:one:${i}`,
      run: onOneConnection,
    })),
    ...limits.map(([spare, after]) => ({
      fault: 'no connections left (53300 of the server)',
      name: `pool:spare-${spare}:${after}`,
      run: (lane: Lane) => exhausted(lane, spare, after),
    })),
  ];
}

/** Boundaries between two jumps of a clock. */
const STEADY_FOR = 3;

function clockCases(): Case[] {
  const ahead =
    (ms: number): Strikes =>
    (at) =>
      at.index === 1 ? { kind: 'clock', ms } : null;
  const jumping =
    (ms: number): Strikes =>
    ({ index }) =>
      index % STEADY_FOR === 0 ? { kind: 'clock', ms: index % 2 === 0 ? ms : 0 } : null;
  const run = (strikes: Strikes) => async (lane: Lane) => {
    await lane.fresh();
    return driven(lane, lane.worker(strikes), []);
  };
  return CLOCK_SHIFTS_MS.flatMap((ms) => [
    { fault: 'clock ahead or behind', name: `clock:steady:${ms}`, run: run(ahead(ms)) },
    { fault: 'clock jumps to and fro', name: `clock:jumps:${ms}`, run: run(jumping(ms)) },
  ]);
}

/** What a driver may quote in its error: a row, a page of a proxy. */
const HUGE = 'x'.repeat(3_000_000);
/** What a failure may take of the 2 MB that Temporal gives it; as much as any payload of ours. */
const FAILURE_BYTES_MAX = 64 * 1024;

const hugeFailure: Strike = {
  kind: 'fail',
  moment: 'before',
  error: () =>
    new NcfdError('ArtifactStoreFailed', `planted: ${HUGE}`, {
      retryable: true,
      cause: new Error(HUGE, { cause: new Error(HUGE) }),
    }),
};

/** A request fails with more words than the server takes; the failure still says what it was. */
async function oversized(lane: Lane, from: number): Promise<readonly string[]> {
  await lane.fresh();
  const worker: WorkerLife = lane.worker(({ index, kind }) =>
    worker.life.struck === null && index >= from && /^(?:sql|artifact)$/.test(kind)
      ? hugeFailure
      : null,
  );
  const problems: string[] = [];
  const converter = new DefaultFailureConverter();
  const found = await driven(lane, worker, [], async (failure) => {
    const sent = JSON.stringify(converter.errorToFailure(failure, defaultPayloadConverter));
    if (sent.length > FAILURE_BYTES_MAX) problems.push(`failure of ${sent.length} bytes`);
    if (!failure.message.includes('planted')) problems.push(`it says ${failure.message}`);
    const [row] = await lane.query<{ most: number | null }>(
      'SELECT max(length(error::text)) AS most FROM run_shards',
    );
    if ((row?.most ?? 0) > FAILURE_BYTES_MAX) problems.push(`${row?.most} bytes in the ledger`);
  });
  return [...problems, ...found];
}

/** Boundaries that every run crosses at least. */
const BOUNDARIES = 200;

function oversizedCases(): Case[] {
  const draw = drawOf('oversized');
  return Array.from({ length: LONG ? BOUNDARIES : 12 }, (_, i) => {
    const from = LONG ? i : 1 + draw(BOUNDARIES);
    const run = (lane: Lane) => oversized(lane, from);
    return { fault: 'failure beyond the limits of Temporal', name: `oversized:${from}`, run };
  });
}

test(
  'poisoned rows, exhausted pools, wrong clocks and huge failures end in the same bytes or in a failure with a name',
  async () => {
    await tryAll([...poisonCases(), ...poolCases(), ...clockCases(), ...oversizedCases()]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  20 * 60_000,
);
