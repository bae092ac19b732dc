import { seed } from '../../test/support/made-features';
import { publish, textOf } from '../../test/support/publications';
import { scoredTrial } from '../../test/support/scored-trials';
import { explainScore } from '../domain/explain/explain';
import type { EvidenceLine } from './evidence';
import { explainText, type CaseOrigin } from './explain';

const ORIGIN: CaseOrigin = {
  run: 'run-1',
  publication: 'b'.repeat(64),
  published_at: '2026-01-01T00:00:00Z',
  run_named: false,
  code_version: '0.1.0',
  parameter_set: { id: 'seed', semver: '1.0.0', sha256: seed.sha256 },
  synthetic: false,
};

async function textFor(
  spec: Parameters<typeof scoredTrial>[0],
  over: Partial<CaseOrigin> = {},
): Promise<string> {
  const evidence = textOf(await publish([scoredTrial(spec)]), 'evidence.ndjson');
  const line = JSON.parse(evidence) as EvidenceLine;
  return explainText(line, explainScore(line, seed), { ...ORIGIN, ...over });
}

test('each part of a score is told with its weight, its key, its evidence, and the run it is of', async () => {
  const text = await textFor({ number: 1, signals: { S1: 'H', S2: 'H', S5: 'M', S6: 'H' } });
  expect(text).toMatch(/prior +−1\.28 +known +\/values\/prior\.base/);
  expect(text).toMatch(/G1 +\+1\.61 +fired +\/values\/lr\.G1\.base 3\.5 \(expert\)/);
  expect(text).toContain('exactly (0 ulp)');
  expect(text).toContain('“Made-up quote');
  expect(text).toContain('STUDY CARD (not the registry)');
  expect(text).toContain('the newest published run that holds the trial');
  expect(text).toContain('https://clinicaltrials.gov/study/NCT00000001');
});

test('a stop rule that lifts is told with its level, and a title cannot steer the terminal', async () => {
  const text = await textFor({ number: 2, stop: 2, title: 'Tricky \u001b[2J\u0007title' });
  expect(text).toMatch(/p_fail +lifted +p 0\.970/);
  expect(text).toContain('/values/stop.level.unblinded_subjective_primary_feasible_blinding');
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test('a synthetic trial is marked, links to no registry, and one without a prior says so', async () => {
  const text = await textFor({ number: 4, pi: null }, { synthetic: true });
  expect(text).toContain('no prior could be formed');
  expect(text).toMatch(/^SYNTHETIC/m);
  expect(text).not.toContain('https://clinicaltrials.gov');
});
