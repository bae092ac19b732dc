import type { Json, JsonObject } from '../../domain/json';

/**
 * The `seed` set with a made-up class table, so that S5 and G3 can be seen at work on synthetic
 * trials. Its rows are marked SYNTHETIC and must never be used on real ones.
 */
export function demoParameterSet(seed: JsonObject): JsonObject {
  const tables = seed.tables as JsonObject;
  return {
    ...seed,
    id: 'demo',
    description:
      'SYNTHETIC: the seed set with a made-up class table, for the synthetic sample only. Its numbers are not measured.',
    tables: { ...tables, class_tables: SYNTHETIC_CLASSES },
  };
}

/** Percentiles beyond every ordinary synthetic effect, which lie in 0.55 to 1.08. */
const SYNTHETIC_CLASSES: Json = [
  classRow('oncology|HR', true, 0.5, 0.45),
  classRow('cardiovascular|HR', false, 0.7, 0.6),
];

function classRow(classId: string, graveyard: boolean, p75: number, p90: number): JsonObject {
  return {
    class_id: classId,
    metric: 'HR',
    direction: 'lower_is_better',
    graveyard,
    winners_pctl: { p75, p90 },
    n_winners: 40,
    n_trials: 90,
    period: 'SYNTHETIC',
    source: 'SYNTHETIC: made for the demo, not measured',
  };
}
