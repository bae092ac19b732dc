import fc from 'fast-check';
import { dayOfInstant, formatDay, formatInstant, parseInstant, parsePartialDate } from './calendar';

describe('calendar', () => {
  test('a partial date keeps its text and spans its first to its last day', () => {
    expect(parsePartialDate('2024-02')).toMatchObject({ text: '2024-02', precision: 'month' });
    const { first, last } = parsePartialDate('2024-02')!;
    expect([formatDay(first), formatDay(last)]).toEqual(['2024-02-01', '2024-02-29']);
    const year = parsePartialDate('2023')!;
    expect([formatDay(year.first), formatDay(year.last)]).toEqual(['2023-01-01', '2023-12-31']);
  });

  test.each(['2023-02-29', '2023-13', '2023-00', '23-01-01', '', 'May 2020', null, 20230101])(
    'a day that does not exist or another form has no date: %p',
    (text) => expect(parsePartialDate(text)).toBeNull(),
  );

  test.each([
    ['2026-02-03T22:20:35+09:00', '2026-02-03T13:20:35Z'],
    ['2026-01-01', '2026-01-01T00:00:00Z'],
    ['2024-01-01T00:00:00', '2024-01-01T00:00:00Z'],
    ['2024-01-01T23:30:00-01:00', '2024-01-02T00:30:00Z'],
    ['2024-01-01T00:00:00.250Z', '2024-01-01T00:00:00.250Z'],
  ])('an instant is read with its offset and written in UTC: %s', (text, utc) => {
    expect(formatInstant(parseInstant(text)!)).toBe(utc);
  });

  test('a text that is no instant has none', () => {
    for (const text of ['2024-01-01T25:00:00Z', 'yesterday', '2024-01', 5]) {
      expect(parseInstant(text)).toBeNull();
    }
  });

  test('days and instants agree with the engine over five centuries', () => {
    const ms = fc.integer({ min: Date.UTC(1700, 0, 1), max: Date.UTC(2200, 0, 1) });
    fc.assert(
      fc.property(ms, (value) => {
        const iso = new Date(value).toISOString();
        expect(parseInstant(iso)).toBe(value);
        expect(parseInstant(formatInstant(value))).toBe(value);
        expect(formatDay(dayOfInstant(iso)!)).toBe(iso.slice(0, 10));
      }),
    );
  });
});
