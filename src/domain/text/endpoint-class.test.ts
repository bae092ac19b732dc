import { endpointClasses, isTimeToEvent } from './endpoint-class';

const classesOf = (measure: string): string => [...endpointClasses(measure)].join(' ');

describe('classes of a measure', () => {
  it.each([
    ['Overall Survival', 'os'],
    ['OS, blinded', 'os'],
    ['dose given per os', ''],
    ['Progression\u2011free survival (PFS)', 'pfs'],
    ['rPFS', 'pfs'],
    ['Invasive disease-free survival', 'dfs'],
    ['metastasis free survival', 'dfs'],
    ['iDFS', 'dfs'],
    ['Time to tumour progression', 'ttp'],
    ['time to progression', 'ttp'],
    ['Pathological complete response', 'cr'],
    ['complete pathologic response', 'cr'],
    ['complete remission', 'cr'],
    ['Objective response rate', 'orr'],
    ['Best overall response', 'orr'],
    ['Duration of response', 'dor'],
    ['Major adverse cardiac and cerebrovascular events', 'mace'],
    ['MACCE', 'mace'],
    ['OS and PFS', 'os pfs'],
    ['clinical dose response', ''],
    ['oscillation', ''],
  ])('of %j are "%s"', (measure, classes) => {
    expect(classesOf(measure)).toBe(classes);
  });

  it('tell a time to an event from a response', () => {
    expect(isTimeToEvent(endpointClasses('MACE'))).toBe(true);
    expect(isTimeToEvent(endpointClasses('ORR, DOR and complete response'))).toBe(false);
    expect(isTimeToEvent(new Set())).toBe(false);
  });
});
