import * as fc from 'fast-check';
import { endpointPieces, endpointText, isReadableEndpoint } from './endpoint-text';

describe('endpoint text', () => {
  it('joins outcomes as measure and time frame', () => {
    const outcome = { measure: 'OS', time_frame: '2 years', description: 'kept out' };
    expect(endpointText([outcome, { ...outcome, measure: 'PFS', time_frame: null }])).toBe(
      'OS (2 years); PFS',
    );
    expect(endpointText([])).toBe('');
  });

  it.each([
    ['OS; PFS', ['OS', 'PFS']],
    ['OS (2 years; 3 years); PFS', ['OS (2 years; 3 years)', 'PFS']],
    ['a [b; {c; d}; e]; f', ['a [b; {c; d}; e]', 'f']],
    ['a); b', ['a)', 'b']],
    ['a (b; c', ['a (b; c']],
    [' ; ;', []],
  ])('splits %j outside brackets', (text, pieces) => {
    expect(endpointPieces(text)).toEqual(pieces);
  });

  it('loses no letter when it is split', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', ';', '(', ')', ']') }), (text) => {
        const letters = (from: string): string => from.replace(/[ ;]/g, '');
        expect(letters(endpointPieces(text).join(''))).toBe(letters(text));
      }),
    );
  });

  it.each(['', '  ', ';', '[See Results Section.]', 'OS; [see  results section.]'])(
    'is not readable as %j',
    (text) => expect(isReadableEndpoint(text)).toBe(false),
  );

  it('is readable as soon as it names an endpoint', () => {
    expect(isReadableEndpoint('OS')).toBe(true);
  });
});
