import { judge, verdict, withAt } from '../../../test/support/made-features';
import type { JsonObject } from '../json';
import { s9 } from './s9';

const harm: JsonObject = {
  pfs: { hr: 0.7, ci95_upper: 0.95, p: 0.03 },
  os: { hr: 1.18, p: 0.12, events_frac: 0.65, crossover_rate: 0.2 },
};

test.each<[string, JsonObject, string]>([
  ['a benefit with harm', harm, 'M'],
  ['an OS hazard ratio of 1.20', withAt(harm, 'os.hr', 1.2), 'H'],
  ['an OS p of .09', withAt(harm, 'os.p', 0.09), 'H'],
  ['unknown crossover', withAt(harm, 'os.crossover_rate', undefined), 'unknown'],
  ['much crossover', withAt(harm, 'os.crossover_rate', 0.31), 'clear'],
  ['too few events', withAt(harm, 'os.events_frac', 0.59), 'clear'],
  ['harm in PFS', withAt(withAt(harm, 'pfs.hr', 1.05), 'pfs.p', 0.01), 'clear'],
  ['a PFS without claim', withAt(harm, 'pfs', { hr: 0.7 }), 'clear'],
  ['a PFS without hazard ratio', withAt(harm, 'pfs.hr', undefined), 'unknown'],
  [
    'no hazard ratio but too few events',
    withAt(withAt(harm, 'pfs.hr', undefined), 'os.events_frac', 0.1),
    'clear',
  ],
  ['an upper limit alone', withAt(harm, 'pfs.p', undefined), 'M'],
  ['an OS that is no harm', withAt(harm, 'os.hr', 1.05), 'clear'],
  ['an OS p of .20', withAt(harm, 'os.p', 0.2), 'clear'],
  [
    'an OS p of unknown relation',
    { ...harm, os: { hr: 1.18, p: 0.3, p_relation: '<', events_frac: 0.65, crossover_rate: 0.2 } },
    'unknown',
  ],
  ['no survival at all', {}, 'clear'],
  ['empty survival', { pfs: {}, os: null }, 'clear'],
  ['PFS alone', withAt(harm, 'os', undefined), 'unknown'],
  ['OS in words', withAt(harm, 'os', 'worse'), 'unknown'],
])('S9 of %s', (_, body, expected) => {
  expect(verdict(judge(s9, body))).toBe(expected);
});

test('an open relation alone is named as what cannot be compared', () => {
  const open = withAt(harm, 'os.p_relation', '<');
  const result = judge(s9, withAt(open, 'os.p', 0.3));
  expect(result.state === 'unknown' && result.missing.map(({ problem }) => problem)).toContain(
    'not_comparable',
  );
});
