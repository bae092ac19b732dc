import { publish, textOf } from '../../test/support/publications';
import { scoredTrial, streamOf } from '../../test/support/scored-trials';
import { callsIn, rankedCallsText } from './text';

const TRIALS = [
  scoredTrial({ number: 1, signals: { S1: 'H', S2: 'H', S5: 'M', S6: 'H' } }),
  scoredTrial({ number: 2, stop: 2, title: 'Tricky \u001b[2J\u0007title' }),
  scoredTrial({ number: 3, title: '"decision":"call"', quote: '"decision":"call"' }),
  scoredTrial({ number: 4, pi: null }),
];
const OPTIONS = { mode: 'post_readout', width: 100, limit: 10, synthetic: false } as const;

async function linesOf(): Promise<string[]> {
  return textOf(await publish(TRIALS), 'evidence.ndjson')
    .trimEnd()
    .split('\n');
}

test('the calls of a publication are found in its evidence lines, in rank order', async () => {
  const calls = await callsIn(streamOf(await linesOf()));
  expect(calls.map(({ nct_id, basis, gates }) => [nct_id, basis, gates])).toEqual([
    ['NCT00000002', 'stop rule', []],
    ['NCT00000001', 'posterior', ['G1', 'G3']],
  ]);
});

test('calls are told with probability, basis, gates and the reason, with their event and mode', async () => {
  const text = rankedCallsText(await callsIn(streamOf(await linesOf())), OPTIONS);
  expect(text).toContain('2 calls in rank order (primary_endpoint_missed, post_readout)');
  expect(text).toMatch(/ {2}1 {2}NCT00000002 +0\.970 {2}stop rule {2}– /);
  expect(text).toMatch(/ {2}2 {2}NCT00000001 +0\.854 {2}posterior {2}G1 G3 /);
  expect(text).toContain('Stop rule: subjective primary endpoint');
  expect(text).toContain('Power 0.54');
});

test('no line is wider than the terminal, and no control character gets through', async () => {
  const text = rankedCallsText(await callsIn(streamOf(await linesOf())), { ...OPTIONS, width: 70 });
  expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(70);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test('calls beyond the limit are counted', async () => {
  const text = rankedCallsText(await callsIn(streamOf(await linesOf())), { ...OPTIONS, limit: 1 });
  expect(text).toContain('… and 1 more');
});

test('a run without calls says so', () => {
  expect(rankedCallsText([], { ...OPTIONS, synthetic: true })).toBe(
    'No calls (primary_endpoint_missed, post_readout, synthetic data).\n',
  );
});
