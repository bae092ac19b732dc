import fc from 'fast-check';
import { parsePValue } from './p-value-text';

describe('reading a posted p-value', () => {
  it.each([
    ['<0.001', '<', 0.001],
    ['< .001', '<', 0.001],
    ['p<0.001', '<', 0.001],
    ['P = 0,03', '=', 0.03],
    ['0.000', '<', 0.001],
    ['<0.00', '<', 0.01],
    ['≤ 0.01', '<=', 0.01],
    ['≥0.2', '>=', 0.2],
    ['＞ 0.2', '>', 0.2],
    ['0.05', '=', 0.05],
    ['=0.05', '=', 0.05],
    ['.05', '=', 0.05],
    ['1.2e-5', '=', 0.000012],
    ['1', '=', 1],
  ])('reads %s as %s %d', (text, relation, value) => {
    expect(parsePValue(text)).toEqual({ relation, value, defaulted: false });
  });

  it.each(['NS', 'n.s.', 'Not significant', 'non-significant'])(
    'reads %s as at least 0.05 and says that this is a default',
    (text) => {
      expect(parsePValue(text)).toEqual({ relation: '>=', value: 0.05, defaulted: true });
    },
  );

  it.each([
    '<-9.9',
    'see comment',
    '1.2',
    '1.7',
    '>0.000',
    '0',
    '<0',
    '',
    '5.',
    'NaN',
    '1e-400',
    '-0.1',
  ])('finds no p-value in %p', (text) => {
    expect(parsePValue(text)).toBeNull();
  });

  it('gives a value in (0, 1] or nothing for any text whatever', () => {
    const likely = fc.stringMatching(/^p?\s?[<>=]{0,2}\s?[0-9.,]{0,8}(e-?[0-9]{1,3})?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), likely), (text) => {
        const parsed = parsePValue(text);
        return parsed === null || (parsed.value > 0 && parsed.value <= 1);
      }),
    );
  });

  it('stays fast on a text of a million digits', () => {
    const started = performance.now();
    expect(parsePValue(`${'1'.repeat(1_000_000)}x`)).toBeNull();
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
