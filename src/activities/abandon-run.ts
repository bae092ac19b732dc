import type { AbandonInput } from '../contracts/run';
import { attempt } from './attempt';
import type { ActivityDeps } from './deps';

/** Records how and why a run ended without a publication. A published run is left alone. */
export const abandonRun =
  (deps: ActivityDeps) =>
  ({ header, status, error, failures, by }: AbandonInput): Promise<void> =>
    // Whatever code runs here may say that a run is over.
    attempt({ codeVersion: header.identity.code_version }, header, async () => {
      const { runs, log } = deps;
      const run = await runs.run(header.runId);
      // A second delivery of the same end finds it recorded.
      if (run === null || run.status === 'published') return;
      const reason = { ...error, failures: failures.map((failure) => ({ ...failure })) };
      const change = { error: reason, ...(by === undefined ? {} : { by }) };
      await runs.setRunStatus(header.runId, status, change);
      log.warn(
        { runId: header.runId, runKey: header.runKey, status, ...error, failures: failures.length },
        'run ended',
      );
    });
