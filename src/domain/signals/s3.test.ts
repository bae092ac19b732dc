import { judge, verdict } from '../../../test/support/made-features';
import type { Json, JsonObject } from '../json';
import { s3 } from './s3';

const card = (
  itt: Json | undefined,
  subgroups: Json | undefined,
  more: JsonObject = {},
): JsonObject => ({
  ...(itt === undefined ? {} : { primary_result: { ITT: itt } }),
  ...(subgroups === undefined ? {} : { subgroups }),
  ...more,
});
const highlighted = { narrative_highlights_subgroup: true };
const win = { name: 'young', p: 0.03 };

test.each<[string, JsonObject, string]>([
  ['a highlighted subgroup', card({ p: 0.12 }, [win, { p: 0.2 }], highlighted), 'H'],
  ['a subgroup that is not highlighted', card({ p: 0.12 }, [win, { p: 0.2 }]), 'M'],
  ['a win of the whole population', card({ p: 0.0499 }, [win]), 'clear'],
  ['a whole population below 0.05', card({ p: 0.05, p_relation: '<' }, [win]), 'clear'],
  ['a whole population at 0.05', card({ p: 0.05 }, [{ p: 0.0499 }]), 'M'],
  ['an unknown whole population', card(undefined, [win]), 'unknown'],
  ['neither', card(undefined, undefined), 'clear'],
  ['a protected subgroup', card({ p: 0.12 }, [{ ...win, multiplicity_adjusted: true }]), 'clear'],
  [
    'a subgroup that the hierarchy opened',
    card({ p: 0.12 }, [{ ...win, gatekept: true }]),
    'clear',
  ],
  ['a subgroup without p', card({ p: 0.12 }, [{ name: 'young' }]), 'clear'],
  ['a p in words', card({ p: 0.12 }, [{ p: 'low' }]), 'unknown'],
  ['a protection in words', card({ p: 0.12 }, [{ ...win, adjusted: 'yes' }]), 'unknown'],
  ['an undecided subgroup beside a win', card({ p: 0.12 }, [{ p: 'low' }, win]), 'M'],
  ['an open relation', card({ p: 0.12 }, [{ p: 0.1, p_relation: '<' }]), 'unknown'],
  ['a subgroup that is no object', card({ p: 0.12 }, ['young']), 'unknown'],
  ['subgroups that are no list', card({ p: 0.12 }, 'none'), 'unknown'],
  ['a whole population of unknown relation', card({ p: 0.1, p_relation: '<' }, [win]), 'unknown'],
  ['a highlight in words', card({ p: 0.12 }, [win], { narrative_highlights_subgroup: 'yes' }), 'M'],
])('S3 of %s', (_, body, expected) => {
  expect(verdict(judge(s3, body))).toBe(expected);
});

test('the reason names the subgroups, the evidence points to them', () => {
  const result = judge(s3, card({ p: 0.12 }, [{ p: 0.5 }, win, { p: 0.01 }]));
  expect(result.reason).toContain('young (p 0.03), unnamed (p 0.01)');
  expect(result.evidence.map(({ pointer }) => pointer)).toEqual([
    '/primary_result/ITT/p',
    '/subgroups/1',
    '/subgroups/2',
  ]);
});
