import { CaseBook, NO_VIOLATION, shuffled } from './support/cases';
import type { Lane } from './support/lane';
import { Lanes, type StepCase } from './support/lanes';
import { installSqlSeam, type Boundary, type Moment } from './support/seam';
import { SHARDS } from './support/small-run';
import { recovered, type Rehearsed } from './support/steps';

const book = new CaseBook('crash.test.ts');
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

/** Moments of a boundary that can be told apart from outside. */
function momentsOf({ kind, label }: Boundary): readonly Moment[] {
  if (kind === 'heartbeat' || kind === 'answer') return ['before'];
  return /^(?:COPY|put|stream)/.test(label) ? ['before', 'amid', 'after'] : ['before', 'after'];
}

async function die(
  lane: Lane,
  rehearsed: Rehearsed,
  { index }: Boundary,
  moment: Moment,
): Promise<string[]> {
  await lane.states.restore();
  const worker = lane.worker((at) => (at.index === index ? { kind: 'die', moment } : null));
  const { problems, journey } = await recovered(lane, rehearsed, worker);
  return journey.deaths === 1 ? problems : [...problems, `${journey.deaths} deaths instead of one`];
}

function* deaths(lane: Lane, rehearsed: Rehearsed): Generator<StepCase> {
  for (const boundary of rehearsed.boundaries) {
    for (const moment of momentsOf(boundary)) {
      yield {
        fault: `worker dies ${moment} ${boundary.kind}`,
        name: `${rehearsed.step.label}:${boundary.index}:${moment}`,
        run: () => die(lane, rehearsed, boundary, moment),
      };
    }
  }
}

test(
  'a worker that dies at any boundary of a run leaves a state from which the next one goes on to the same bytes',
  async () => {
    expect(await lanes.sweep(book, shuffled(SHARDS), deaths)).toEqual([]);
    expect(book.close()).toEqual(NO_VIOLATION);
  },
  20 * 60_000,
);
