import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { NcfdError } from '../../src/contracts/errors';
import { CaseBook, drawOf, LONG, NO_VIOLATION } from './support/cases';
import { openLane, type Lane } from './support/lane';
import { installSqlSeam, type Boundary, type Strike } from './support/seam';
import { SHARDS } from './support/small-run';
import { atAnyMoment, attempt, recovered, throughTheSteps, type Rehearsed } from './support/steps';
import { failureType } from './support/worker-life';

const book = new CaseBook('answers.test.ts');
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

/** What a server says when it, or another session, was in the way. */
const SQLSTATES = ['40001', '40P01', '55P03', '57014', '53300'];
/** Of these, so many are tried at each statement of the quick set; the seed says which. */
const QUICK_SQLSTATES = 3;

function sqlStatesAt(label: string, { index }: Boundary): readonly string[] {
  if (LONG) return SQLSTATES;
  const first = drawOf('sqlstate', label, index)(SQLSTATES.length);
  return Array.from({ length: QUICK_SQLSTATES }, (_, i) => SQLSTATES[(first + i) % 5] ?? '40001');
}

const storeError = (message: string): NcfdError =>
  new NcfdError('ArtifactStoreFailed', `planted: ${message}`, { retryable: true });

/** Faults of a store that pass, by name. */
const STORE_FAULTS: Readonly<Record<string, Strike>> = {
  refused: { kind: 'fail', moment: 'before', error: () => storeError('refused') },
  'ack-lost': { kind: 'fail', moment: 'after', error: () => storeError('acknowledgement lost') },
};

async function oneFault(
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
async function corrupt(rehearsed: Rehearsed, { index, label }: Boundary): Promise<string[]> {
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

/** True for an artifact of an earlier step that has content. */
async function isThereBefore({ label }: Boundary): Promise<boolean> {
  await lane.states.restore();
  const found = await lane.artifacts.find(label.slice(label.indexOf(' ') + 1));
  return found !== null && found.bytes > 0;
}

async function faultsAt(rehearsed: Rehearsed, boundary: Boundary): Promise<void> {
  const { label } = rehearsed.step;
  if (boundary.kind === 'sql') {
    for (const code of sqlStatesAt(label, boundary)) {
      await book.try(`SQLSTATE ${code}`, `${label}:${boundary.index}:${code}`, () =>
        oneFault(rehearsed, boundary, { kind: 'sqlstate', code }),
      );
    }
  }
  if (/^(?:stream|read) /.test(boundary.label) && (await isThereBefore(boundary))) {
    await book.try('artifact changed on the disk', `${label}:${boundary.index}:changed`, () =>
      corrupt(rehearsed, boundary),
    );
  }
  if (boundary.kind === 'artifact') {
    for (const [name, strike] of Object.entries(STORE_FAULTS)) {
      await book.try(`artifact request ${name}`, `${label}:${boundary.index}:${name}`, () =>
        oneFault(rehearsed, boundary, strike),
      );
    }
  }
}

test(
  'a failure of any statement or artifact request that passes changes no byte of the run',
  async () => {
    const order = Array.from({ length: SHARDS }, (_, i) => i);
    const atEnd = await throughTheSteps(lane, order, async (rehearsed) => {
      for (const boundary of rehearsed.boundaries) await faultsAt(rehearsed, boundary);
    });
    expect(atEnd).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  30 * 60_000,
);
