import { readParameterSet } from '../../src/config/parameters';
import { demoParameterSet } from '../../src/dev/sample/demo-parameters';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { DEMO_SAMPLE, plantedTrials, samplePrograms } from '../../src/dev/sample/sample';
import { freezeTrial } from '../../src/domain/features/freeze';
import type { CatalystRow, TrialHistory } from '../../src/domain/features/types';
import { evaluateGates } from '../../src/domain/gates/evaluate';
import { compileParameters } from '../../src/domain/parameters/compile';
import type { Parameters } from '../../src/domain/parameters/types';
import type { StudyCard } from '../../src/domain/registry/types';
import { scoreTrial } from '../../src/domain/scoring/score';
import { stopRules } from '../../src/domain/scoring/stop-rules';
import type { ScoreResult } from '../../src/domain/scoring/types';
import { computeSignals } from '../../src/domain/signals/compute';
import type { SignalResults } from '../../src/domain/signals/types';
import { GATE_IDS, SIGNAL_IDS, type Mode } from '../../src/domain/vocabulary';
import { importDocument, type Imported } from '../../src/ingest/import-document';
import type { VersionToStore } from '../../src/ports/trial-store';

const compiled = compileParameters(demoParameterSet(readParameterSet('seed').set));
if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
const parameters: Parameters = compiled.value;

const imported: Imported[] = [...samplePrograms(DEMO_SAMPLE)]
  .flatMap(({ records, histories, cards, catalysts }) => [
    ...records,
    ...histories,
    ...cards,
    ...catalysts,
  ])
  .map((document) => importDocument(document, { capturedAt: null, parameters }));

const versions: VersionToStore[] = imported.flatMap((one) => one.versions);
const cards: StudyCard[] = imported.flatMap((one) => one.cards);
const catalysts: CatalystRow[] = imported.flatMap((one) => one.catalysts);

/** What a store would tell of a trial. */
function historyOf(nctId: string): TrialHistory {
  const own = versions.filter(({ version }) => version.nct_id === nctId);
  const keys = new Set(own.flatMap((one) => one.program_keys));
  const program = new Set(
    versions
      .filter((one) => one.program_keys.some((key) => keys.has(key)))
      .map(({ version }) => version.nct_id),
  );
  program.delete(nctId);
  return {
    nct_id: nctId,
    versions: own,
    own_cards: cards.filter((card) => card.nct_id === nctId),
    program_cards: cards.filter((card) => program.has(card.nct_id)),
    catalysts: catalysts.filter((row) => row.nct_id === nctId),
  };
}

function scored(
  nctId: string,
  mode: Mode,
): { signals: SignalResults; score: ScoreResult; fired: string[] } {
  const as_of = `${SAMPLE_AS_OF}T00:00:00Z`;
  const frozen = freezeTrial(historyOf(nctId), { mode, as_of }, parameters);
  if (!frozen.ok) throw new Error(frozen.error.message);
  const record = frozen.value;
  const signals = computeSignals(record, mode, parameters);
  const gates = evaluateGates(signals, parameters);
  const stop = stopRules(record, signals, mode, parameters);
  const { nct_id, cut_off, terms, trial, catalyst } = record;
  const context = { nct_id, mode, cut_off, terms, trial, catalyst };
  const score = scoreTrial({ context, signals, gates, stop }, parameters);
  return { signals, score, fired: GATE_IDS.filter((id) => gates[id].state === 'fired') };
}

describe('the planted defects', () => {
  it('are found in documents that ingest takes without a complaint', () => {
    expect(imported.flatMap((one) => [...one.problems, ...one.warnings])).toEqual([]);
  });

  it.each(
    plantedTrials(DEMO_SAMPLE.seed).map((planted) => [planted.scenario.name, planted] as const),
  )('are found, and nothing else: %s', (_, { nctId, scenario }) => {
    const { signals, score, fired } = scored(nctId, scenario.mode);
    expect({
      fires: SIGNAL_IDS.filter((id) => signals[id].state === 'fired'),
      gates: fired,
      stops: score.stop.filter((rule) => rule.state === 'hit').map((rule) => rule.rule),
      abstains: score.decision === 'abstain',
    }).toEqual({
      fires: scenario.fires,
      gates: scenario.gates,
      stops: scenario.stops,
      abstains: scenario.abstains,
    });
  });

  it('make calls of both kinds', () => {
    const bases = plantedTrials(DEMO_SAMPLE.seed).map(
      ({ nctId, scenario }) => scored(nctId, scenario.mode).score.decision_basis,
    );
    expect(bases).toContain('posterior');
    expect(bases.some((basis) => basis?.startsWith('stop_rule:'))).toBe(true);
  });
});
