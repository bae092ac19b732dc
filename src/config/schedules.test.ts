import { isNcfdError } from '../contracts/errors';
import { parseSchedules, readSchedules } from './schedules';

const SHIPPED = readSchedules();

/** A file with one valid schedule, some of its lines replaced. */
function fileWith(changes: Readonly<Record<string, string>> = {}): string {
  const lines = {
    id: 'one',
    summary: 'x',
    when: "{ cron: '30 5 * * 1-5' }",
    timeZone: 'Europe/Berlin',
    jitter: '5m',
    overlap: 'skip',
    catchUpWindow: '3h',
    pauseOnFailure: 'true',
    lateAfter: '15m',
    initially: 'paused',
    publishBy: "'09:00'",
    run: '{ mode: post_readout, universe: all, params: seed, asOf: { rule: planned-date, lagDays: 0 } }',
    ...changes,
  };
  const [first = '', ...rest] = Object.entries(lines).map(([key, value]) => `${key}: ${value}`);
  return `schedules:\n  - ${[first, ...rest].join('\n    ')}\n`;
}

function refused(text: string): string {
  try {
    parseSchedules(text, 'f.yaml');
  } catch (error) {
    if (isNcfdError(error) && error.kind === 'BadSchedules') return error.message;
    throw error;
  }
  throw new Error('the text was taken');
}

test('the shipped schedules are one for each mode, paused until a person resumes them', () => {
  expect(SHIPPED.map(({ id, initially }) => [id, initially])).toEqual([
    ['post-readout-daily', 'paused'],
    ['pre-readout-daily', 'paused'],
  ]);
});

test('a valid schedule is read in units and numbers', () => {
  const [one] = parseSchedules(fileWith(), 'f.yaml');
  expect(one).toMatchObject({ jitterSeconds: 300, catchUpSeconds: 10_800, lateAfterSeconds: 900 });
  expect(one?.when.calendar).toMatchObject({ minute: [30], hour: [5], dayOfWeek: [1, 2, 3, 4, 5] });
});

test('all problems are told at once, each with its line and column', () => {
  const message = refused(
    fileWith({
      jitter: 'soon',
      overlap: 'allow',
      publishBy: '9',
      surprise: '1',
      timeZone: 'Mars/Base',
    }),
  );
  expect(message).toMatch(/f\.yaml:5:15: schedules\.0\.timeZone/);
  expect(message).toMatch(/f\.yaml:6:13: schedules\.0\.jitter: 'soon' is no duration/);
  expect(message).toMatch(/f\.yaml:7:14: schedules\.0\.overlap/);
  expect(message).toMatch(/f\.yaml:12:16: schedules\.0\.publishBy/);
  expect(message).toMatch(/f\.yaml:14:5: schedules\.0\.surprise: unknown: surprise/);
});

test.each([
  ['a tab and a bracket', 'schedules: [\n\t{'],
  ['a member written twice', `${fileWith()}    overlap: skip\n`],
  ['no list', 'schedules: 5'],
  ['nothing', ''],
  ['an own tag', fileWith({ summary: '!!js/function x' })],
  ['a prototype', fileWith({ __proto__x: '1' }).replace('__proto__x', '__proto__')],
  ['an alias', `a: &a x\nschedules: *a\n`],
  ['a tower of aliases', tower()],
  ['an id with a quote', fileWith({ id: `"a' OR 1=1"` })],
  ['a short catch-up window', fileWith({ catchUpWindow: '5s' })],
  ['neither cron nor interval', fileWith({ when: '{}' })],
  ['both cron and interval', fileWith({ when: "{ cron: '0 0 * * *', every: 1h, offset: 0s }" })],
  ['an interval without an offset', fileWith({ when: '{ every: 1h }' })],
  ['four fields', fileWith({ when: "{ cron: '0 0 * *' }" })],
  ['minute 60', fileWith({ when: "{ cron: '60 0 * * *' }" })],
  ['a range that runs backwards', fileWith({ when: "{ cron: '0 9-5 * * *' }" })],
  ['a step of 0', fileWith({ when: "{ cron: '*/0 0 * * *' }" })],
  ['30 February', fileWith({ when: "{ cron: '0 0 30 2 *' }" })],
  [
    'a parameter set elsewhere',
    fileWith({
      run: '{ mode: post_readout, universe: all, params: ../x, asOf: { rule: planned-date, lagDays: 0 } }',
    }),
  ],
  [
    'an hour that clocks show twice',
    fileWith({ when: "{ cron: '30 2 * * *' }", timeZone: 'Europe/Berlin' }),
  ],
  [
    'a day without a midnight',
    fileWith({ when: "{ cron: '0 12 * * *' }", timeZone: 'America/Santiago' }),
  ],
  [
    'a parameter set that is not shipped',
    fileWith({
      run: '{ mode: post_readout, universe: all, params: nope, asOf: { rule: planned-date, lagDays: 0 } }',
    }),
  ],
  ['two of one id', fileWith() + fileWith().replace('schedules:\n', '')],
])('%s is refused', (_, text) => {
  expect(refused(text)).toContain('f.yaml');
});

/** Each line names the one before nine times: nine lines would unfold to gigabytes. */
function tower(): string {
  const lines = Array.from({ length: 9 }, (_, i) => {
    const nine = Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(', ');
    return `a${i}: &a${i} [${nine}]`;
  });
  return `${lines.join('\n')}\nschedules: *a8\n`;
}
