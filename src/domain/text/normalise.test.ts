import * as fc from 'fast-check';
import { normaliseText } from './normalise';

describe('normalised text', () => {
  it.each([
    ['Progression\u2010Free \u2013 Survival', 'progression-free - survival'],
    ['5 \u2212 3', '5 - 3'],
    ['Crohn\u2019s', "crohn's"],
    ['  Overall\t\r\n survival\u00a0 ', 'overall survival'],
    ['HbA\u2081c \uff21\uff22', 'hba1c ab'],
  ])('reads %j as %j', (text, normalised) => {
    expect(normaliseText(text)).toBe(normalised);
  });

  it('has no white space but single spaces, and none at its ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(normaliseText(text)).not.toMatch(/^\s|\s$|\s\s|[^\S ]/);
      }),
    );
  });
});
