import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Metrics } from '../observability/metrics';

/** Kinds of failure that say that somebody offered other content for what is stored. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'ResultConflict',
  'ArtifactConflict',
  'FrozenSetMismatch',
]);

/** Counts what must not happen unseen, whichever activity it happens in. */
export function countFailures({
  fencingLosses,
  ledgerConflicts,
}: Pick<Metrics, 'fencingLosses' | 'ledgerConflicts'>): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        const kind = error instanceof ApplicationFailure ? (error.type ?? '') : '';
        if (kind === 'FencingLost') fencingLosses.inc();
        if (CONFLICTS.has(kind)) ledgerConflicts.inc({ kind });
        throw error;
      }
    },
  };
}
