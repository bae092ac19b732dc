import { readFileSync } from 'node:fs';
import { goldenScore, movedTrials, tellsOfModel, type GoldenScore } from '../domain/golden';
import { MODES } from '../domain/vocabulary';
import { readGolden } from './golden';
import { shippedPath } from './shipped';

describe('the golden set', () => {
  const set = readGolden();

  it('is scored by the code of today to the bytes that were committed', () => {
    const scores = set.trials.map((trial) => goldenScore(trial, set.parameters));
    expect(movedTrials(set.expected, scores)).toEqual([]);
    expect(scores).toHaveLength(set.expected.length);
  });

  it('has trials of both modes, calls and abstentions among them', () => {
    for (const mode of MODES) {
      expect(set.expected.filter((score) => score.mode === mode).length).toBeGreaterThan(5);
    }
    expect(set.expected.some(({ p_fail: p }) => p !== null && p > 0.9)).toBe(true);
    expect(set.expected.some(({ p_fail: p }) => p !== null && p < 0.3)).toBe(true);
    expect(new Set(set.expected.map(({ output }) => output)).size).toBeGreaterThan(40);
  });

  it('has a model version that the changelog tells of', () => {
    const changelog = readFileSync(shippedPath('CHANGELOG.md') ?? '', 'utf8');
    expect(tellsOfModel(changelog, set.modelVersion)).toBe(true);
    expect(tellsOfModel(changelog, set.modelVersion + 1)).toBe(false);
  });

  it('cannot be read where it is not whole', () => {
    expect(() => readGolden(null)).toThrow(expect.objectContaining({ kind: 'GateNotRun' }));
    expect(() => readGolden('/nowhere')).toThrow(expect.objectContaining({ kind: 'GateNotRun' }));
  });
});

describe('moved trials', () => {
  const score = (change: Partial<GoldenScore> = {}): GoldenScore => ({
    mode: 'post_readout',
    nct_id: 'NCT99000001',
    input: 'aa',
    output: 'bb',
    p_fail: 0.5,
    ...change,
  });

  it('are those with other bytes, and those that are scored no more', () => {
    expect(movedTrials([score()], [score()])).toEqual([]);
    expect(movedTrials([score()], [score({ output: 'cc' })])).toHaveLength(1);
    expect(movedTrials([score()], [])).toMatchObject([{ after: null }]);
    expect(movedTrials([score()], [score({ mode: 'pre_readout' })])).toHaveLength(1);
  });

  it('leave out what was frozen anew, where only scores are compared', () => {
    const anew = [score({ input: 'dd', output: 'cc' })];
    expect(movedTrials([score()], anew, { sameInputOnly: true })).toEqual([]);
    expect(movedTrials([score()], anew)).toHaveLength(1);
    const same = [score({ output: 'cc' })];
    expect(movedTrials([score()], same, { sameInputOnly: true })).toHaveLength(1);
  });
});

describe('a changelog', () => {
  it('tells of a model only in a Scores section, by its number', () => {
    const text =
      '# Log\n\nmodel 3\n\n### Scores\n\n- Model 2: p_fail moves by 0.01\n\n### Other\n\nmodel 4\n';
    expect([2, 3, 4, 1].map((n) => tellsOfModel(text, n))).toEqual([true, false, false, false]);
    expect(tellsOfModel('### Scores\n\nmodel 21', 2)).toBe(false);
  });
});
