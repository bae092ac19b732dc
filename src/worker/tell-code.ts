import type { NativeConnection } from '@temporalio/worker';
import { poll } from '../client/poll';
import { VersionMarks } from '../client/version-marks';
import { codeVersion } from '../config/code-version';
import type { Log } from '../observability/log';

/** A version is known to the server a second or two after its first worker asked for work. */
const TOLD_WITHIN_MS = 120_000;
const CALL_MS = 5_000;

interface ToldVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/**
 * Tells the server what code this version runs, so that starts of runs can go by it. A version whose
 * code is unknown takes runs as before: that it could not be told is no reason to end a worker.
 *
 * @param over says that the worker has ended
 */
export async function tellCode(
  connection: NativeConnection,
  namespace: string,
  { deploymentName, buildId }: ToldVersion,
  log: Log,
  over: () => boolean,
): Promise<void> {
  const marks = new VersionMarks(connection.workflowService, namespace, deploymentName);
  let err: unknown = null;
  const told = await poll(TOLD_WITHIN_MS, async () => {
    if (over()) return true;
    try {
      await connection.withDeadline(Date.now() + CALL_MS, () =>
        marks.tellCodeVersion(buildId, codeVersion()),
      );
      return true;
    } catch (error) {
      err = error;
      return null;
    }
  });
  if (told === null) log.warn({ buildId, err }, 'the server was not told what code this is');
}
