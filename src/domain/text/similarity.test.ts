import * as fc from 'fast-check';
import { S1_WORDS } from '../../../test/support/s1-words';
import type { RegisteredOutcome } from '../registry/types';
import { similarity, tokeniserOf } from './similarity';

const outcome = (measure: string, description: string | null = null): RegisteredOutcome => ({
  measure,
  time_frame: null,
  description,
});
const similar = (a: string, b: string): number => similarity(outcome(a), outcome(b), S1_WORDS);
const tokens = (text: string): string => tokeniserOf(S1_WORDS).tokens(text).join(' ');
const read = (measure: string) => tokeniserOf(S1_WORDS).read(outcome(measure));

describe('tokens of a text', () => {
  it.each([
    ['6-minute walking distance', '6mwt'],
    ['Six minute 6 minute walk test', 'six 6mwt'],
    ['Forced expiratory volume in one second', 'fev1'],
    ['FEV1', 'fev1'],
    ['Treatment-emergent adverse events', 'ae'],
    ['LDL-C and ldl c', 'ldlc ldlc'],
    ['Glycosylated haemoglobin A1c', 'hba1c'],
    ['ACR20 response at week 12', 'acr 20 response'],
    ['Change from baseline in anxieties at 3 months', 'anxiety'],
    ['viruses, illness, analysis', 'viruse illness analysis'],
    ['2.5 mg/dl', '2.5 mg dl'],
    ['Percentage of patients with a total score', ''],
  ])('of %j are "%s"', (text, expected) => {
    expect(tokens(text)).toBe(expected);
  });
});

describe('instruments and bare numbers of an outcome', () => {
  it.each([
    ['MADRS total score', 'madr', ''],
    ['ACR20 response', 'acr', '20'],
    ['FEV1 and LDL-C', 'fev1 ldlc', ''],
    ['AE count', '', ''],
    ['PAIN INTENSITY', '', ''],
    ['Pain Intensity 7', '', '7'],
  ])('of %j are "%s" and "%s"', (measure, instruments, numbers) => {
    expect([...read(measure).instruments].join(' ')).toBe(instruments);
    expect([...read(measure).bareNumbers].join(' ')).toBe(numbers);
  });
});

describe('similarity of two outcomes', () => {
  it.each([
    ['OS', 'Overall survival', 1],
    ['OS', 'PFS', 0],
    ['OS', 'death', 0],
    ['OS and PFS', 'OS', 0],
    ['primary outcome', 'main endpoint', 1],
    ['primary outcome', 'pain', 0],
    [
      'MADRS total score, week 8',
      'Montgomery-Asberg Depression Rating Scale (MADRS) total score',
      1,
    ],
    ['Pain intensity (VAS)', 'Pain intensity (NRS)', 0],
    ['ACR20 response at week 12', 'ACR50 response at week 12', 0],
    ['Wound healing', 'Wound closure', 0.5],
  ])('of %j and %j is %s', (a, b, expected) => {
    expect(similar(a, b)).toBe(expected);
  });

  it('counts what the other outcome only says in its description', () => {
    const scale = outcome('Disease activity', 'Measured with the BASDAI questionnaire');
    expect(similarity(outcome('BASDAI in adults'), scale, S1_WORDS)).toBe(0.5);
    expect(similarity(scale, outcome('BASDAI in adults'), S1_WORDS)).toBe(0.5);
  });

  it('is symmetric, lies in [0, 1] and is 1 for an outcome and itself', () => {
    const word = fc.constantFrom('pain', 'VAS', 'ACR20', '50', 'overall survival', 'the', 'Score');
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, text, (a, b, description) => {
        const [left, right] = [outcome(a, description), outcome(b)];
        const forward = similarity(left, right, S1_WORDS);
        expect(similarity(right, left, S1_WORDS)).toBe(forward);
        expect(forward).toBeGreaterThanOrEqual(0);
        expect(forward).toBeLessThanOrEqual(1);
        expect(similarity(left, left, S1_WORDS)).toBe(1);
      }),
    );
  });
});
