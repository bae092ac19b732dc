import { startApi, type Api } from '../../src/api';
import type { Bounds } from '../../src/api/app';
import type { Settings } from '../../src/config/settings';
import { silentLog } from '../../src/observability/log';
import { createHarness, type Harness, type RunOptions } from '../workflow/support/harness';

/** A published run with everything below it, and an API over it. */
export interface ApiBed {
  readonly harness: Harness;
  readonly api: Api;
  /** A further API over the same stores; the bed closes it. */
  another(changes?: Partial<Settings>, bounds?: Bounds): Promise<Api>;
  /** Runs to its end and gives the digest of what it published. */
  publish(options?: RunOptions): Promise<{ readonly runId: string; readonly sha256: string }>;
  close(): Promise<void>;
}

export async function openApiBed(
  changes: Partial<Settings> = {},
  { worker = true } = {},
): Promise<ApiBed> {
  const harness = await createHarness();
  const apis: Api[] = [];
  if (worker) await harness.startWorker();
  const another = async (more: Partial<Settings> = {}, bounds?: Bounds): Promise<Api> => {
    const settings = { ...harness.settings, ...changes, ...more };
    const given = bounds === undefined ? {} : { bounds };
    const api = await startApi({ settings, log: silentLog(), ...given });
    apis.push(api);
    return api;
  };
  return {
    harness,
    api: await another(),
    another,
    publish: async (options = {}) => {
      const input = await harness.register(options);
      await harness.client.startRun(input);
      const result = await harness.client.awaitRun(input.header.runKey, { pollMs: 50 });
      if (result.publicationSha256 === null) throw new Error(`the run ended as ${result.status}`);
      return { runId: result.runId, sha256: result.publicationSha256 };
    },
    close: async () => {
      for (const api of apis) await api.close();
      await harness.close();
    },
  };
}
