import { factsOf, registryRecord } from '../../../test/support/registry-record';
import { normaliseSponsor, programKeys } from './program';

const keys = (interventions: Parameters<typeof registryRecord>[0]) =>
  programKeys(factsOf(registryRecord(interventions))).map((key) => key.split('\u001f'));

describe('the programs of a trial', () => {
  it.each([
    ['Acme Pharma, Inc.', 'acme pharma'],
    ['ACME  Pharma', 'acme pharma'],
    ['Acme Co., Ltd.', 'acme'],
    ['Acme GmbH', 'acme'],
    ['Incyte', 'incyte'],
    ['Co', 'co'],
  ])('take %s and %s for one sponsor', (name, normalised) => {
    expect(normaliseSponsor(name)).toBe(normalised);
  });

  it('are named by sponsor and experimental intervention, without dose', () => {
    expect(keys({})).toEqual([['acme pharma', 'zorvamab']]);
  });

  it.each([
    ['Zorvamab 0.25 mg/kg', 'zorvamab'],
    ['Zorvamab (10 mg)', 'zorvamab'],
    ['Zorvamab 5-10 %', 'zorvamab'],
    ['Zorvamab 100mg/m2', 'zorvamab'],
    ['Interleukin 2', 'interleukin 2'],
    ['10 mg', '10 mg'],
  ])('call %s by the name %s', (name, normalised) => {
    const interventions = [{ type: 'DRUG', name, armGroupLabels: ['Zorvamab'] }];
    expect(keys({ interventions })).toEqual([['acme pharma', normalised]]);
  });

  it('leave out comparators, devices, controls and trials without sponsor', () => {
    const one = (name: string, type: string, label: string) =>
      keys({ interventions: [{ type, name, armGroupLabels: [label] }] });
    expect(one('Zorvamab', 'DRUG', 'Placebo')).toEqual([]);
    expect(one('Zorvamab', 'DEVICE', 'Zorvamab')).toEqual([]);
    expect(one('Placebo to zorvamab', 'DRUG', 'Zorvamab')).toEqual([]);
    expect(one('Normal saline', 'DRUG', 'Zorvamab')).toEqual([]);
    expect(keys({ sponsors: {} })).toEqual([]);
  });

  it('count other names, each once', () => {
    const interventions = [
      {
        type: 'DRUG',
        name: 'Zorvamab',
        otherNames: ['ZRV-1', 'zorvamab', 'zrv-1'],
        armGroupLabels: ['zorvamab '],
      },
    ];
    expect(keys({ interventions }).map(([, name]) => name)).toEqual(['zorvamab', 'zrv-1']);
  });

  it('are found fast in a hostile name', () => {
    const started = performance.now();
    normaliseSponsor('inc '.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
