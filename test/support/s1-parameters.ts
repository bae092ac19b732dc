import type { ParameterKey, Parameters } from '../../src/domain/parameters/types';
import { S1_WORDS } from './s1-words';

const VALUES: Partial<Record<ParameterKey, number>> = {
  's1.late_days': 180,
  's1.timepoint_ratio': 0.25,
  's1.similarity_min': 0.5,
  's1.coverage_min': 0.9,
};

/** What S1 reads of a parameter set, with the numbers of section 9.1. */
export function s1Parameters(overrides: Partial<Parameters> = {}): Parameters {
  const part: Pick<Parameters, 'acceptInferredLpr' | 's1Words'> & { value: typeof VALUES } = {
    value: VALUES,
    acceptInferredLpr: false,
    s1Words: S1_WORDS,
  };
  return { ...part, ...overrides } as unknown as Parameters;
}
