import * as fc from 'fast-check';
import { s1Parameters } from '../../../test/support/s1-parameters';
import type { Json, JsonObject } from '../json';
import { s1 } from './s1';
import type { SignalResult } from './types';

const parameters = s1Parameters();
const judge = (versions: Json | undefined, trial: JsonObject = {}): SignalResult =>
  s1(versions, trial, parameters);

/** The pair of the specification's table: c = 2025-11-01, E = 2026-01-01, so d = 61, no start. */
function pair(before: Json, after: Json, changes: JsonObject = {}): JsonObject[] {
  return [
    {
      version_id: 1,
      captured_at: '2024-03-01T00:00:00Z',
      est_primary_completion_date: '2026-01-01',
      primary_endpoint_text: before,
    },
    {
      version_id: 2,
      captured_at: '2025-11-01T00:00:00Z',
      est_primary_completion_date: '2026-01-01',
      primary_endpoint_text: after,
      ...changes,
    },
  ];
}

/** What changed in the first late pair, counts above zero only. */
function changed(result: SignalResult): JsonObject {
  const [late] = (result.meta['late_pairs'] ?? []) as readonly JsonObject[];
  const counts = Object.entries((late?.['changes'] ?? {}) as JsonObject);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

const verdict = (result: SignalResult): string =>
  result.state === 'fired' ? result.severity : result.state;

describe('S1 on a late pair', () => {
  it.each([
    ['Progression-free survival', 'Overall survival', { swapped: 1 }],
    ['PFS at 12 months', 'PFS at 15 months', { moved: 1 }],
    ['Change in HbA1c at week 24', 'Change in HbA1c at week 30', { moved: 1 }],
    ['Overall survival; Progression-free survival', 'Overall survival', { removed: 1 }],
    ['Overall survival', 'Overall survival; Progression-free survival', { added: 1 }],
    ['ACR20 response at week 12', 'ACR50 response at week 12', { swapped: 1 }],
    ['Pain intensity (VAS)', 'Pain intensity (NRS)', { swapped: 1 }],
    ['Change in HbA1c from baseline', 'Percent change in LDL-C at 12-month visit', { swapped: 1 }],
    ['OS, blinded', 'OS, unblinded', { blinding: 1 }],
    ['OS, superiority', 'OS, non-inferiority', { hypothesis: 1 }],
    ['Wound biopsy score', 'Wound pain score', { objective_to_subjective: 1 }],
    ['Progression of the tumour; ORR', 'Toxicity of the drug; ORR', { swapped: 1 }],
  ])('fires H for %j → %j', (before, after, counts) => {
    const result = judge(pair(before, after));
    expect(verdict(result)).toBe('H');
    expect(changed(result)).toEqual(counts);
    expect(result.reason_code).toBe('S1.fired.late_high');
  });

  it.each([
    ['Change in HbA1c at week 24', 'Change in HbA1c at week 29'],
    ['OS at 24 weeks', 'OS at 6 months'],
    ['MADRS total score, week 8', 'Montgomery-Asberg Depression Rating Scale (MADRS) total score'],
    ['OS', 'OS (clinical cutoff)'],
    ['Overall survival in 2024 cohort', 'Overall survival'],
    ['Overall survival', 'Overall survival, superiority'],
    ['OS', 'OS, blinded'],
    ['OS and PFS; ORR', 'OS; PFS; ORR'],
    ['Wound pain score', 'Wound biopsy score'],
  ])('is clear for %j → %j', (before, after) => {
    const result = judge(pair(before, after));
    expect(verdict(result)).toBe('clear');
    expect(result.reason_code).toBe('S1.clear.unchanged');
  });

  it.each(['', '  ', ';', null, 7, '[See Results Section.]'])(
    'is unknown when a text is %j',
    (text) => {
      expect(verdict(judge(pair(text, 'OS')))).toBe('unknown');
      const result = judge(pair('OS', text));
      expect(result.state === 'unknown' && result.missing).toEqual([
        {
          pointer: '/trial_versions/1/primary_endpoint_text',
          problem: text === 7 ? 'invalid' : 'missing',
        },
      ]);
    },
  );
});

describe('S1 lateness', () => {
  const late = (changes: JsonObject, trial: JsonObject = {}): SignalResult =>
    judge(pair('PFS', 'OS', changes), trial);
  const noEpcd = { est_primary_completion_date: null };

  it.each([
    ['180 days before completion', { captured_at: '2025-07-05' }, {}, 'H'],
    ['181 days before, start unknown', { captured_at: '2025-07-04' }, {}, 'clear'],
    [
      '181 days before, after the start',
      { captured_at: '2025-07-04' },
      { start_date: '2025' },
      'clear',
    ],
    ['on the day of the start', { captured_at: '2025-07-04', start_date: '2025-07-04' }, {}, 'M'],
    ['after the start', { captured_at: '2025-07-04' }, { start_date: '2024-06' }, 'M'],
    ['before the start', { start_date: '2025-11-02' }, {}, 'clear'],
    ['before the last day of the start month', { start_date: '2025-11' }, {}, 'clear'],
    ['on the day of completion', { captured_at: '2026-01-01T23:59:59Z' }, {}, 'H'],
    ['after completion', { captured_at: '2027-01-01' }, {}, 'H'],
    ['within a completion month', { est_primary_completion_date: '2026-04' }, {}, 'H'],
    ['before a completion year', { est_primary_completion_date: '2026' }, {}, 'clear'],
    ['without completion, after the start', noEpcd, { start_date: '2024' }, 'M'],
    ['without completion, before the start', noEpcd, { start_date: '2026' }, 'clear'],
    ['without completion and start', noEpcd, {}, 'unknown'],
    [
      'with an invalid completion and no start',
      { est_primary_completion_date: 'soon' },
      {},
      'unknown',
    ],
  ])('%s', (_, changes, trial, expected) => {
    expect(verdict(late(changes, trial))).toBe(expected);
  });

  it('takes the start of the version before that of the trial', () => {
    const own = { captured_at: '2025-07-04', start_date: '2025-01-01' };
    expect(verdict(late(own, { start_date: '2026-01-01' }))).toBe('M');
  });

  it('names the completion date when that is what is missing', () => {
    const result = late({ est_primary_completion_date: 'soon' });
    expect(result.reason_code).toBe('S1.unknown.undated');
    expect(result.state === 'unknown' && result.missing).toEqual([
      { pointer: '/trial_versions/1/est_primary_completion_date', problem: 'invalid' },
    ]);
  });

  it('counts days in UTC, whatever the offset of the capture', () => {
    expect(verdict(late({ captured_at: '2025-07-05T01:00:00+09:00' }))).toBe('clear');
  });

  it('is clear with its own reason when all material changes came early', () => {
    expect(late({ captured_at: '2025-07-04' }).reason_code).toBe('S1.clear.not_late');
  });
});

describe('S1 after the last patient was randomised', () => {
  const postLpr = (trial: JsonObject, changes: JsonObject = {}, accept = false): Json | undefined =>
    s1(pair('PFS', 'OS', changes), trial, s1Parameters({ acceptInferredLpr: accept })).meta[
      'post_lpr'
    ];

  it('is true only for a change after the last day of the date', () => {
    expect(postLpr({ lpr_date: '2025-10-31' })).toBe(true);
    expect(postLpr({ lpr_date: '2025-11-01' })).toBe(false);
    expect(postLpr({ lpr_date: '2025-11' })).toBe(false);
    expect(postLpr({ lpr_date: '2025-12-31' }, { lpr_date: '2025-10' })).toBe(true);
    expect(postLpr({ lpr_date: '2025-12-31' }, { lpr_date: null })).toBe(false);
  });

  it('is not known without a stated date', () => {
    expect(postLpr({})).toBeNull();
    expect(postLpr({ lpr_date: 'unknown' })).toBeNull();
  });

  it('does not rest on an inferred date unless the parameter set accepts it', () => {
    const inferred = { lpr_date: '2025-10-01', lpr_source: 'status_inferred' };
    expect(postLpr(inferred)).toBeNull();
    expect(postLpr(inferred, {}, true)).toBe(true);
    expect(postLpr({ ...inferred, lpr_source: 'stated' })).toBe(true);
  });
});

describe('S1 on the list of versions', () => {
  it.each([
    [undefined, 'missing'],
    [null, 'missing'],
    [[], 'missing'],
    ['none', 'invalid'],
    [{}, 'invalid'],
  ])('is unknown for %j', (versions, problem) => {
    const result = judge(versions);
    expect(result.reason_code).toBe('S1.unknown.no_versions');
    const missing = [{ pointer: '/trial_versions', problem }];
    expect(result.state === 'unknown' && result.missing).toEqual(missing);
  });

  it('is clear for one version, even without a capture time', () => {
    const result = judge([{ primary_endpoint_text: 'OS', captured_at: null }]);
    expect(verdict(result)).toBe('clear');
    expect(result.meta['versions']).toBe(1);
  });

  it.each([[null], [7], ['text'], [[]]])('is unknown for one version that is %j', (version) => {
    const result = judge([version]);
    const missing = [{ pointer: '/trial_versions/0', problem: 'invalid' }];
    expect(result.state === 'unknown' && result.missing).toEqual(missing);
  });

  it('leaves out a version without a capture time and says so', () => {
    const result = judge(pair('PFS', 'OS', { captured_at: 'in May' }));
    expect(result.reason_code).toBe('S1.unknown.no_capture_time');
    expect(result.state === 'unknown' && result.missing).toEqual([
      { pointer: '/trial_versions/1/captured_at', problem: 'invalid' },
    ]);
  });

  it('fires although another pair is unknown', () => {
    const [, blank] = pair('OS', '', { captured_at: '2026-02-01' });
    const versions = [...pair('PFS', 'OS'), blank as Json];
    expect(verdict(judge(versions))).toBe('H');
  });

  it('does not skip an unreadable version between two readable ones', () => {
    const [first, last] = pair('PFS', 'OS');
    const between = { ...first, captured_at: '2025-01-01', primary_endpoint_text: null };
    expect(verdict(judge([first as Json, between as Json, last as Json]))).toBe('unknown');
  });

  it('is H as soon as one of the late pairs is H', () => {
    const [first, last] = pair('PFS', 'PFS', { primary_endpoint_text: 'PFS' });
    const early = { ...first, captured_at: '2024-06-01', primary_endpoint_text: 'OS' };
    const result = judge([first, early, last] as Json, { start_date: '2024-01-01' });
    expect(verdict(result)).toBe('H');
    expect(result.meta['late_pairs']).toMatchObject([{ severity: 'M' }, { severity: 'H' }]);
  });

  it('orders versions of one instant by number, then by content', () => {
    const at = { captured_at: '2025-11-01', est_primary_completion_date: '2026-01-01' };
    const versions = [
      { ...at, version_id: 10, primary_endpoint_text: 'OS' },
      { ...at, version_id: 9, primary_endpoint_text: 'PFS' },
      { ...at, version_id: 'b', content_sha256: 'b', primary_endpoint_text: 'ORR' },
      { ...at, version_id: 'c', content_sha256: 'a', primary_endpoint_text: 'DOR' },
    ];
    expect(judge(versions).evidence.map((item) => item.ref_id)).toEqual(['c', 'b', '9', '10']);
  });
});

describe('S1 evidence and reason', () => {
  it('names both versions of the first late pair, what changed and how late', () => {
    expect(judge(pair('PFS', 'OS'), { lpr_date: '2025-06' }).reason).toBe(
      '1 late material change of the primary endpoint; first from version 1 (2024-03-01) to ' +
        'version 2 (2025-11-01): swapped 1, 61 days before primary completion, after the last ' +
        'patient was randomised.',
    );
    const afterwards = judge(pair('PFS', 'OS', { captured_at: '2026-01-03' }));
    expect(afterwards.reason).toContain('2 days after primary completion.');
    const undated = { est_primary_completion_date: null, start_date: '2024' };
    expect(judge(pair('PFS', 'OS', undated)).reason).toContain('completion date not known.');
  });

  it('quotes each version of the late pairs once, in order, with its digest', () => {
    const [first, second] = pair('PFS', 'OS', { content_sha256: 'f'.repeat(64) });
    const third = { ...first, version_id: undefined, captured_at: '2025-12-01' };
    const { evidence } = judge([first, second, third] as Json);
    expect(evidence.map(({ ref_id, quote }) => [ref_id, quote])).toEqual([
      ['1', 'PFS'],
      ['2', 'OS'],
      ['2025-12-01', 'PFS'],
    ]);
    expect(evidence.map(({ ref_sha256 }) => ref_sha256)).toEqual([null, 'f'.repeat(64), null]);
  });

  it('cuts a quote at 300 characters and leaves no half of a character', () => {
    const text = `${'a'.repeat(299)}\u{1f600} tail`;
    const [item] = judge(pair(text, 'OS')).evidence;
    expect(item?.quote).toHaveLength(300);
    expect(item?.quote?.isWellFormed()).toBe(true);
  });

  it('shows what was compared when it is clear', () => {
    expect(judge(pair('OS', 'Overall survival')).evidence).toHaveLength(2);
  });
});

describe('S1 with typed outcomes', () => {
  const typed = (...outcomes: JsonObject[]): JsonObject => ({ primary_outcomes: outcomes });
  const response = { measure: 'Response', time_frame: 'week 24', description: null };

  it('reads times from the time frame when both versions have outcomes', () => {
    const [older, newer] = pair(undefined as unknown as Json, undefined as unknown as Json);
    const before = { ...older, ...typed(response) };
    const after = { ...newer, ...typed({ ...response, time_frame: 'week 30' }) };
    expect(changed(judge([before, after] as Json))).toEqual({ moved: 1 });
  });

  it('compares the flat texts when one version has none, or one with a hole', () => {
    const [older, newer] = pair('OS; PFS', 'OS; PFS.');
    const holed = { ...newer, ...typed(response, { measure: ' ' }) };
    expect(verdict(judge([{ ...older, ...typed(response) }, holed] as Json))).toBe('clear');
  });

  it('lets the masking of both versions decide, but never for equal texts', () => {
    const masked = (after: string, masking: Json): SignalResult => {
      const [older, newer] = pair('OS, blinded', after);
      return judge([
        { ...older, masking: 'DOUBLE' },
        { ...newer, masking },
      ] as Json);
    };
    expect(changed(masked('OS, masked', 'NONE'))).toEqual({ blinding: 1 });
    expect(verdict(masked('OS, unblinded', 'TRIPLE'))).toBe('clear');
    expect(verdict(masked('OS, blinded', 'NONE'))).toBe('clear');
    expect(changed(masked('OS, unblinded', 'SOMETHING'))).toEqual({ blinding: 1 });
  });

  it('gives up on lists that cannot be compared pair by pair', () => {
    const list = (word: string): string => Array(1001).fill(word).join(';');
    const result = judge(pair(list('pain'), list('mood')));
    expect(result.reason_code).toBe('S1.unknown.too_many');
    expect(result.state === 'unknown' && result.missing[0]?.problem).toBe('not_comparable');
  });
});

describe('S1 laws', () => {
  const texts = [
    'OS',
    'PFS at 12 months',
    'PFS at 24 months',
    'Pain (VAS); ORR',
    'Pain (NRS)',
    '',
    'OS, open-label',
  ];
  const version = fc.record({
    captured_at: fc.constantFrom('2024-01-01', '2025-01-01', '2025-12-01T00:00:00Z', null),
    primary_endpoint_text: fc.constantFrom(...texts),
    est_primary_completion_date: fc.constantFrom('2026-01', '2024-03-01', null),
    start_date: fc.constantFrom('2024-06', null),
    lpr_date: fc.constantFrom('2025-03', null),
    version_id: fc.integer({ min: 1, max: 9 }),
  });
  const versions = fc.array(version, { maxLength: 6 });

  it('says the same for the same versions in any order', () => {
    const shuffled = versions.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const [a, b] = [judge(list), judge(other)];
        const told = ({ state, reason, evidence, meta }: SignalResult) => ({
          ...{ state, reason, evidence, meta },
        });
        expect(told(b)).toEqual(told(a));
      }),
    );
  });

  it('never fires when all texts are equal once normalised', () => {
    fc.assert(
      fc.property(versions, fc.constantFrom(...texts), (list, text) => {
        const variants = [text, text.toUpperCase(), `  ${text} `];
        const same = list.map((item, i) => ({
          ...{ ...item, primary_endpoint_text: variants[i % variants.length] ?? text },
        }));
        expect(judge(same).state).not.toBe('fired');
      }),
    );
  });

  it('never fires on what was not known before', () => {
    const later = ['OS at 2 years', 'OS, superiority', 'OS, open-label', 'OS, double-blind'];
    for (const text of later) expect(verdict(judge(pair('OS', text)))).toBe('clear');
  });

  it('never starts to fire because a text was taken away', () => {
    // Numbered, so that the texts have no part in the order of versions of one instant.
    const numbered = versions.map((list) => list.map((item, i) => ({ ...item, version_id: i })));
    fc.assert(
      fc.property(numbered, fc.nat(), (list, at) => {
        fc.pre(list.length > 1 && judge(list).state !== 'fired');
        const poorer = list.map((item, i) =>
          i === at % list.length ? { ...item, primary_endpoint_text: null } : item,
        );
        expect(judge(poorer).state).not.toBe('fired');
      }),
    );
  });

  it('names a missing input whenever it is unknown, and evidence whenever it fired', () => {
    fc.assert(
      fc.property(versions, (list) => {
        const result = judge(list);
        if (result.state === 'unknown') expect(result.missing.length).toBeGreaterThan(0);
        if (result.state === 'fired') expect(result.evidence.length).toBeGreaterThanOrEqual(2);
      }),
    );
  });

  it('stays quick on a long history of many outcomes', () => {
    const outcomes = (shift: number): string =>
      Array.from({ length: 60 }, (_, i) => `Scale${i} response at week ${i + shift}`).join('; ');
    const history = Array.from({ length: 38 }, (_, i) => ({
      captured_at: `20${10 + Math.floor(i / 12)}-0${1 + (i % 9)}-01`,
      primary_endpoint_text: outcomes(i % 3),
    }));
    const started = performance.now();
    judge(history);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
