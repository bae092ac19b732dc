import { readParameterSet } from '../../config/parameters';
import type { RegistryFacts } from '../registry/types';
import { cutOff, cutOffTerms, newestCatalyst, resultBefore } from './cut-off';
import { isIn, knownAt } from './known-at';
import type { CatalystRow, CutOffTerms } from './types';

const seed = readParameterSet('seed');
const A = '2026-03-20T00:00:00Z';
const terms = (W: string | null, Q: string | null): CutOffTerms => ({
  catalyst_start: W,
  first_result: Q,
  as_of: A,
});
const row = (window_start: string, captured_at: string): CatalystRow => ({
  nct_id: 'NCT90000001',
  window_start,
  window_end: null,
  certainty: 'announced',
  source: 'press',
  published_at: null,
  captured_at,
});

describe('cut-off', () => {
  test.each([
    ['a catalyst after the as-of date does not cut', '2026-06-15', null, '2026-03-06T00:00:00Z'],
    ['a catalyst before it cuts 14 days ahead', '2026-03-10', null, '2026-02-24T00:00:00Z'],
    ['without catalyst the as-of date alone cuts', null, null, '2026-03-06T00:00:00Z'],
    ['a first result cuts 14 days ahead', null, '2026-03', '2026-02-15T00:00:00Z'],
    ['the earliest of all cuts', '2026-03-10', '2026-02-01', '2026-01-18T00:00:00Z'],
  ])('pre_readout: %s', (_title, W, Q, expected) => {
    expect(cutOff('pre_readout', terms(W, Q), seed)).toBe(expected);
  });

  test('post_readout reads up to 14 days before the as-of date, whatever W and Q are', () => {
    expect(cutOff('post_readout', terms('2026-01-01', '2025-01-01'), seed)).toBe(
      '2026-03-06T00:00:00Z',
    );
  });

  test('Q is the earliest first day among the versions, and W the newest catalyst row known', () => {
    const facts = (results_first_posted: string | null) => ({
      facts: { results_first_posted } as RegistryFacts,
    });
    const found = cutOffTerms(
      {
        versions: [facts(null), facts('2025-06-01'), facts('2025-05')],
        catalysts: [row('2026-05-01', '2026-01-01'), row('2026-06-01', '2026-02-01')],
      },
      '2026-03-20',
    );
    expect(found).toEqual({ catalyst_start: '2026-06-01', first_result: '2025-05', as_of: A });
  });

  test('a catalyst row captured at the as-of instant or later is not known', () => {
    expect(newestCatalyst([row('2026-05-01', A)], A)).toBeNull();
    expect(newestCatalyst([row('2026-05-01', '2026-03-19T23:59:59Z')], A)).not.toBeNull();
  });

  test('a result on the as-of day is not before it', () => {
    expect(resultBefore(terms(null, '2026-03-20'))).toBe(false);
    expect(resultBefore(terms(null, '2026-03-19'))).toBe(true);
    expect(resultBefore(terms(null, '2026-03'))).toBe(true);
    expect(resultBefore(terms(null, null))).toBe(false);
  });
});

describe('known at', () => {
  const cut = Date.UTC(2026, 2, 6);

  test('a fact known at the cut-off instant is out, one millisecond earlier it is in', () => {
    const at = (captured_at: string) => ({ published_at: null, captured_at });
    expect(isIn(at('2026-03-06T00:00:00Z'), cut)).toBe(false);
    expect(isIn(at('2026-03-05T23:59:59.999Z'), cut)).toBe(true);
  });

  test('the later of publication and capture counts', () => {
    expect(knownAt({ published_at: '2026-01-01', captured_at: '2026-02-01' })).toBe(
      Date.UTC(2026, 1, 1),
    );
    expect(knownAt({ published_at: '2026-02-01', captured_at: '2026-01-01' })).toBe(
      Date.UTC(2026, 1, 1),
    );
  });

  test('an archival fact counts from its publication in a backtest only', () => {
    const fact = { published_at: '2013-01-01', captured_at: '2026-01-01', archival: true };
    expect(knownAt(fact, true)).toBe(Date.UTC(2013, 0, 1));
    expect(knownAt(fact)).toBe(Date.UTC(2026, 0, 1));
  });

  test('a fact without any usable date is refused', () => {
    expect(knownAt({ published_at: 'soon', captured_at: null })).toBeNull();
    expect(isIn({ published_at: null, captured_at: null }, cut)).toBe(false);
  });
});
