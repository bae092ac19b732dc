import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { NcfdError } from '../../src/contracts/errors';
import { CaseBook, drawOf, LONG, NO_VIOLATION } from './support/cases';
import { installFullDisk, unfinishedIn, type Full } from './support/full-disk';
import type { Lane } from './support/lane';
import { Lanes, type StepCase } from './support/lanes';
import { installSqlSeam, SQLSTATES, type Boundary, type Strike } from './support/seam';
import { SHARDS } from './support/small-run';
import { atAnyMoment, attempt, recovered, type Rehearsed } from './support/steps';
import { failureType } from './support/worker-life';

const book = new CaseBook('answers.test.ts');
let lanes: Lanes;
const remove: (() => void)[] = [];

beforeAll(async () => {
  remove.push(installSqlSeam(), installFullDisk());
  lanes = await Lanes.open();
});
afterAll(async () => {
  await lanes.close();
  for (const one of remove) one();
});

/** Of these, so many are tried at each statement of the quick set; the seed says which. */
const QUICK_SQLSTATES = 3;

function sqlStatesAt(label: string, { index }: Boundary): readonly string[] {
  if (LONG) return SQLSTATES;
  const first = drawOf('sqlstate', label, index)(SQLSTATES.length);
  return Array.from(
    { length: QUICK_SQLSTATES },
    (_, i) => SQLSTATES[(first + i) % SQLSTATES.length] ?? '',
  );
}

const storeError = (message: string): NcfdError =>
  new NcfdError('ArtifactStoreFailed', `planted: ${message}`, { retryable: true });

/** Faults of a store that pass, by name. */
const STORE_FAULTS: Readonly<Record<string, Strike>> = {
  refused: { kind: 'fail', moment: 'before', error: () => storeError('refused') },
  'ack-lost': { kind: 'fail', moment: 'after', error: () => storeError('acknowledgement lost') },
};

async function oneFault(
  lane: Lane,
  rehearsed: Rehearsed,
  { index }: Boundary,
  strike: Strike,
): Promise<string[]> {
  await lane.states.restore();
  const worker = lane.worker((at) => (at.index === index ? strike : null));
  const { problems, journey } = await recovered(lane, rehearsed, worker);
  const struck = worker.life.struck !== null;
  const deaths = journey.deaths === 0 ? [] : ['the worker died of an error'];
  return [...problems, ...deaths, ...(struck ? [] : ['the fault was never met'])];
}

/** Other content under the key, whole and well packed: a digit of it is another one. */
function tampered(key: string, stored: Buffer): Buffer {
  const packed = key.endsWith('.gz');
  const bytes = Buffer.from(packed ? gunzipSync(stored) : stored);
  const isDigit = (byte: number): boolean => byte >= 0x31 && byte <= 0x38;
  // Of gates a value and no name: the digest is known at the end, and names are looked up before.
  const isValue = (i: number): boolean => !key.includes('/gates/') || bytes[i - 1] === 0x3a;
  const at = Math.max(
    0,
    bytes.findIndex((byte, i) => isDigit(byte) && isValue(i)),
  );
  bytes[at] = (bytes[at] ?? 0) + 1;
  return packed ? gzipSync(bytes) : bytes;
}

/** What is read was changed on the disk: found by its digest, named, and nothing is built on it. */
async function corrupt(
  lane: Lane,
  rehearsed: Rehearsed,
  { index, label }: Boundary,
): Promise<string[]> {
  await lane.states.restore();
  const key = label.slice(label.indexOf(' ') + 1);
  const file = path.join(lane.artifacts.location.slice('fs:'.length), key);
  const whole = readFileSync(file);
  const run = async (): Promise<void> => writeFileSync(file, tampered(key, whole));
  const worker = lane.worker((at) => (at.index === index ? { kind: 'first', run } : null));
  const error = await attempt(worker, rehearsed.step).catch((reason: unknown) => reason);
  const problems = await atAnyMoment(lane);
  if (failureType(error) !== 'ArtifactCorrupt' || !String(error).includes(key))
    problems.push(`${key} was changed, the step ended in ${String(error)}`);
  writeFileSync(file, whole);
  const { problems: later } = await recovered(lane, rehearsed, lane.successor, 1);
  return [...problems, ...later];
}

/** The disk is full while a file is written; there is room again when the run is started anew. */
async function full(
  lane: Lane,
  rehearsed: Rehearsed,
  { index }: Boundary,
  what: Full,
): Promise<string[]> {
  await lane.states.restore();
  const worker = lane.worker((at) => (at.index === index ? { kind: 'full disk', what } : null));
  const error = await attempt(worker, rehearsed.step).catch((reason: unknown) => reason);
  const problems = await atAnyMoment(lane);
  if (failureType(error) !== 'ArtifactStoreFailed' || !String(error).includes('ENOSPC'))
    problems.push(`the disk was full, the step ended in ${String(error)}`);
  problems.push(...unfinishedIn(lane.artifacts.location));
  const { problems: later } = await recovered(lane, rehearsed, lane.successor, 1);
  return [...problems, ...later];
}

function* faultsAt(
  lane: Lane,
  rehearsed: Rehearsed,
  boundary: Boundary,
): Generator<[fault: string, name: string, run: () => Promise<string[]>]> {
  const key = boundary.label.slice(boundary.label.indexOf(' ') + 1);
  if (boundary.kind === 'sql') {
    for (const code of sqlStatesAt(rehearsed.step.label, boundary)) {
      const strike: Strike = { kind: 'sqlstate', code };
      yield [`SQLSTATE ${code}`, code, () => oneFault(lane, rehearsed, boundary, strike)];
    }
  }
  if (/^(?:stream|read) /.test(boundary.label) && lane.states.keptBytes(key) > 0) {
    yield ['artifact changed on the disk', 'changed', () => corrupt(lane, rehearsed, boundary)];
  }
  if (boundary.kind !== 'artifact') return;
  for (const [name, strike] of Object.entries(STORE_FAULTS)) {
    yield [`artifact request ${name}`, name, () => oneFault(lane, rehearsed, boundary, strike)];
  }
  if (!boundary.label.startsWith('put ')) return;
  for (const what of ['write', 'link'] as const) {
    // No trial of the sample is quarantined: that file has no byte.
    if (what === 'write' && key.endsWith('.quarantine.ndjson')) continue;
    yield [`disk full at ${what}`, `full-${what}`, () => full(lane, rehearsed, boundary, what)];
  }
}

function* faults(lane: Lane, rehearsed: Rehearsed): Generator<StepCase> {
  for (const boundary of rehearsed.boundaries) {
    for (const [fault, name, run] of faultsAt(lane, rehearsed, boundary)) {
      yield { fault, name: `${rehearsed.step.label}:${boundary.index}:${name}`, run };
    }
  }
}

test(
  'a failure of any statement or artifact request that passes changes no byte of the run',
  async () => {
    const order = Array.from({ length: SHARDS }, (_, i) => i);
    expect(await lanes.sweep(book, order, faults)).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  30 * 60_000,
);
