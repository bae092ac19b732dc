import fc from 'fast-check';
import { canonicalJson, canonicalLine } from './canonical-json';
import { digestOf, sha256 } from './digest';

describe('canonical JSON', () => {
  test('the example of RFC 8785, section 3.2.2, has the bytes that the RFC prints', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('keys are sorted by UTF-16 code units, as in RFC 8785, section 3.2.3', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    expect(Object.keys(JSON.parse(canonicalJson(value)))).toEqual([
      '1',
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ]);
  });

  test('minus zero is written as 0', () => expect(canonicalJson([-0])).toBe('[0]'));

  test.each([Number.NaN, Infinity, -Infinity, '\ud800'])('%p has no canonical form', (value) => {
    expect(() => canonicalJson([value])).toThrow(TypeError);
  });

  test('an undefined member is left out', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test('the order of keys never changes the bytes or the digest', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const shuffled = Object.fromEntries(Object.entries(object).reverse());
        fc.pre([...Object.keys(object)].every((key) => key.isWellFormed() && key !== '__proto__'));
        expect(canonicalJson(shuffled)).toBe(canonicalJson(object));
        expect(digestOf(shuffled)).toBe(digestOf(object));
        expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  test('a line ends with LF and its digest covers the bytes', () => {
    expect(canonicalLine({ a: 1 })).toBe('{"a":1}\n');
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
