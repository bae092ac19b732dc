import { explainTicks, isFinal, type Facts, type KnownTick, type StartedRun } from './explain';

const start = (plannedMs: number, changes: Partial<StartedRun> = {}): StartedRun => ({
  workflowId: `w-${plannedMs}`,
  plannedMs,
  startedMs: plannedMs,
  closedMs: plannedMs + 500,
  endedWell: true,
  ...changes,
});

const begun = (runId: string, begunMs: number): KnownTick => ({ outcome: 'ran', runId, begunMs });

/** Planned every 1,000 ms from 1,000 to 5,000; nothing started, nothing known. */
const facts = (changes: Partial<Facts>): Facts => ({
  span: { fromMs: 0, toMs: 5_000 },
  planned: [1_000, 2_000, 3_000, 4_000, 5_000],
  nowMs: 100_000,
  overlap: 'skip',
  jitterMs: 0,
  lateAfterMs: 400,
  catchUpMs: 10_000,
  starts: [],
  pauses: [],
  absences: [],
  known: new Map(),
  counted: { missed: 0, skipped: 0 },
  ...changes,
});

const outcomes = (changes: Partial<Facts>) =>
  explainTicks(facts(changes)).ticks.map(({ outcome }) => outcome);

test('each planned time gets exactly one row, in order, whatever is known', () => {
  const { ticks } = explainTicks(facts({ starts: [start(3_000)] }));
  expect(ticks.map(({ plannedMs }) => plannedMs)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(outcomes({})).toEqual(Array.from({ length: 5 }, () => 'unexplained'));
});

test('a time with a final row is left alone, one with an open row is explained again', () => {
  const known = new Map<number, KnownTick>([
    [1_000, begun('r', 1_000)],
    [2_000, { outcome: 'unexplained', runId: null, begunMs: null }],
  ]);
  const { ticks } = explainTicks(facts({ known }));
  expect(ticks.map(({ plannedMs }) => plannedMs)).toEqual([2_000, 3_000, 4_000, 5_000]);
  expect([isFinal('ran'), isFinal('started'), isFinal(undefined)]).toEqual([true, false, false]);
});

test('a run that no worker has taken up waits, and those behind it miss a worker', () => {
  const starts = [start(1_000, { closedMs: null, endedWell: null })];
  expect(outcomes({ starts })).toEqual([
    'waiting',
    ...Array.from({ length: 4 }, () => 'missed_no_worker'),
  ]);
});

test('a run that is at work says so itself, and those behind it overlap with it', () => {
  const starts = [start(1_000, { closedMs: null, endedWell: null })];
  const known = new Map([
    [1_000, { outcome: 'started', runId: 'run-1', begunMs: 2_500 } satisfies KnownTick],
  ]);
  const { ticks } = explainTicks(facts({ starts, known }));
  expect(ticks.map(({ outcome }) => outcome)).toEqual([
    'missed_no_worker',
    'skipped_overlap',
    'skipped_overlap',
    'skipped_overlap',
  ]);
  expect(ticks.map(({ becauseRun }) => becauseRun)).toEqual(
    Array.from({ length: 4 }, () => 'run-1'),
  );
});

test('a pause explains before an overlap does, up to the jitter before it began', () => {
  const starts = [start(1_000, { closedMs: 4_500 })];
  const pauses = [{ fromMs: 3_100, toMs: 4_000, because: 'paused by ada: x' }];
  expect(outcomes({ starts, pauses, jitterMs: 100 })).toEqual([
    'ran',
    'skipped_overlap',
    'paused',
    'paused',
    'unexplained',
  ]);
});

test('what the server missed counts against the oldest times before it came back', () => {
  const starts = [start(4_000, { startedMs: 13_000, closedMs: 13_500 })];
  const explained = explainTicks(facts({ starts, counted: { missed: 3, skipped: 1 } }));
  expect(explained.ticks.map(({ outcome }) => outcome)).toEqual([
    'missed_outage',
    'missed_outage',
    'missed_outage',
    'caught_up_late',
    'missed_outage',
  ]);
  expect(explained.used).toEqual({ missed: 3, skipped: 1 });
});

test('nothing is put down to an outage that the server did not count', () => {
  expect(outcomes({ starts: [start(5_000)], catchUpMs: 10 })).toEqual([
    ...Array.from({ length: 4 }, () => 'unexplained'),
    'ran',
  ]);
});

test('a buffered run starts late because another was at work, not because of the server', () => {
  const starts = [
    start(1_000, { closedMs: 3_500 }),
    start(2_000, { startedMs: 3_500, closedMs: 3_900 }),
  ];
  expect(outcomes({ starts, overlap: 'buffer-one' }).slice(0, 3)).toEqual([
    'ran',
    'caught_up_late',
    'skipped_overlap',
  ]);
});

test('a run that ended just before may still have been in the way if the server counts one', () => {
  const starts = [start(1_000, { closedMs: 1_990 })];
  expect(outcomes({ starts })[1]).toBe('unexplained');
  expect(outcomes({ starts, counted: { missed: 0, skipped: 1 } }).slice(1, 3)).toEqual([
    'skipped_overlap',
    'unexplained',
  ]);
});

test('a schedule that the server does not have explains all of it', () => {
  const absences = [{ fromMs: 0, toMs: null, because: 'gone' }];
  expect(new Set(outcomes({ absences }))).toEqual(new Set(['missed_absent']));
});

test('a run that failed or was triggered by hand has its row too', () => {
  const starts = [start(1_500), start(2_000, { endedWell: false })];
  const { ticks } = explainTicks(facts({ starts }));
  expect(ticks.slice(1, 3).map(({ origin, outcome }) => [origin, outcome])).toEqual([
    ['triggered', 'ran'],
    ['planned', 'failed'],
  ]);
});

describe('a schedule that buffers one', () => {
  const buffering = (changes: Partial<Facts>) => outcomes({ overlap: 'buffer-one', ...changes });
  const known = new Map([[1_000, begun('r', 1_000)]]);

  test('lets the first time behind a run at work wait, and skips those after it', () => {
    const starts = [start(1_000, { closedMs: null, endedWell: null })];
    expect(buffering({ starts, known: new Map() })).toEqual([
      'waiting',
      'waiting',
      ...Array.from({ length: 3 }, () => 'missed_no_worker'),
    ]);
    expect(buffering({ starts, known })).toEqual([
      'waiting',
      ...Array.from({ length: 3 }, () => 'skipped_overlap'),
    ]);
  });

  test('still lets it wait when the run has just ended, and no longer when that was long ago', () => {
    const starts = [start(1_000, { closedMs: 4_500 })];
    expect(buffering({ starts, known, nowMs: 6_000 })[0]).toBe('waiting');
    expect(buffering({ starts, known, nowMs: 60_000 })[0]).toBe('skipped_overlap');
  });

  test('lets the first time wait that the server dealt with as late as with the run before', () => {
    const starts = [start(1_000, { startedMs: 2_500, closedMs: null, endedWell: null })];
    const late = new Map([[1_000, begun('r', 2_600)]]);
    const counted = { missed: 0, skipped: 3 };
    expect(buffering({ starts, known: late, counted })).toEqual([
      'waiting',
      ...Array.from({ length: 3 }, () => 'skipped_overlap'),
    ]);
  });

  test('holds nothing of the time in which a run had to wait itself', () => {
    const starts = [
      start(500, { closedMs: 3_500 }),
      start(1_000, { startedMs: 3_510, closedMs: null, endedWell: null }),
    ];
    const began = new Map([
      [500, begun('r', 500)],
      [1_000, begun('s', 3_520)],
    ]);
    expect(buffering({ starts, known: began, counted: { missed: 0, skipped: 3 } })).toEqual([
      'skipped_overlap',
      'skipped_overlap',
      'waiting',
      'skipped_overlap',
    ]);
  });

  test('says of the one that waited when it ran', () => {
    const starts = [
      start(1_000, { closedMs: 3_500 }),
      start(2_000, { startedMs: 3_510, closedMs: 3_900 }),
    ];
    expect(buffering({ starts, known }).slice(0, 2)).toEqual(['caught_up_late', 'skipped_overlap']);
  });
});
