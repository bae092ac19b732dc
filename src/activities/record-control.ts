import type { ControlRecord } from '../contracts/activities';
import { attempt } from './attempt';
import type { ActivityDeps } from './deps';

/** Writes the audit record of an update that a run has granted; once by its id. */
export const recordControl =
  ({ runs, log }: ActivityDeps) =>
  (record: ControlRecord): Promise<void> => {
    const { header, answer } = record;
    // Whatever code runs here may write down what was granted.
    return attempt({ codeVersion: header.identity.code_version }, header, async () => {
      await runs.recordControl(record);
      log.info({ runId: header.runId, runKey: header.runKey, ...answer }, 'request granted');
    });
  };
