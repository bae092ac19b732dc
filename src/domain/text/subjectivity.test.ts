import { subjectivity } from './subjectivity';

describe('subjectivity of a text', () => {
  it.each([
    ['Pain intensity (VAS)', 'subjective'],
    ['Patient reported outcome', 'subjective'],
    ['Visual analogue scale', 'subjective'],
    ['All-cause mortality', 'objective'],
    ['Response by independent central review', 'objective'],
    ['Response by central radiology review', 'objective'],
    ['LDL C', 'objective'],
    ['Serum culture', 'objective'],
    ['Symptoms and blood pressure', null],
    ['ACR20 response', null],
    ['painful', null],
    ['review by a central and very independent committee', null],
  ])('of %j is %s', (text, kind) => {
    expect(subjectivity(text)).toBe(kind);
  });
});
