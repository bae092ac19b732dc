import type { FrozenCard, FrozenProgramPValue, FrozenTrial, RctRequired } from '../features/types';
import type { Json } from '../json';
import type { Parameters } from '../parameters/types';
import type { SignalResult } from './types';

/** What a signal that reads cards may see besides the card itself. */
export interface SignalContext {
  readonly trial: Pick<FrozenTrial, 'nct_id'>;
  readonly classMeta: Json;
  readonly programPValues: readonly FrozenProgramPValue[];
  /** null when the input that should say so is invalid. */
  readonly rctRequired: RctRequired | null;
  readonly parameters: Parameters;
}

/** A signal read from one study card. Total: whatever the card holds, it returns a result. */
export type CardSignal = (card: FrozenCard, context: SignalContext) => SignalResult;
