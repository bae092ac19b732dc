import { stripResultFields } from './strip-results';

test('what a readout told is removed with its quotes, the design stays', () => {
  const body = {
    is_pivotal: true,
    arms: { t: { n: 10 } },
    primary_result: { ITT: { p: 0.01 } },
    subgroups: [],
    narrative_highlights_subgroup: true,
    pfs: {},
    os: {},
    evidence: [
      { pointer: '/primary_result/ITT/p', quote: 'p = 0.01' },
      { pointer: '/arms/t/n', quote: '10' },
      { pointer: '', quote: 'all of it' },
      'junk',
    ],
  };
  expect(stripResultFields(body)).toEqual({
    is_pivotal: true,
    arms: { t: { n: 10 } },
    evidence: [{ pointer: '/arms/t/n', quote: '10' }, 'junk'],
  });
  expect(body.primary_result.ITT.p).toBe(0.01);
});

test('a card without evidence stays without', () => {
  expect(stripResultFields({ pfs: {}, single_arm: true })).toEqual({ single_arm: true });
});
