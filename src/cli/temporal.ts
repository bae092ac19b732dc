import type { NcfdClient } from '../client';
import type { Settings } from '../config/settings';
import type { Sha256 } from '../domain/manifest/digest';
import type { RunHistoryCounts } from './render/run';

/** Connects to Temporal, uses the client and closes it, whatever happens. */
export async function withTemporal<R>(
  settings: Settings,
  use: (client: NcfdClient) => Promise<R>,
): Promise<R> {
  const { NcfdClient: Client } = await import('../client/index.js');
  const client = await Client.connect(settings);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Size of a run's histories; null when Temporal has none or cannot be asked. */
export async function historyCounts(
  settings: Settings,
  runKey: Sha256,
): Promise<RunHistoryCounts | null> {
  if (settings.temporalAddress === null) return null;
  try {
    const found = await withTemporal(settings, (client) => client.describeRun(runKey));
    return found === null
      ? null
      : { activities: found.activities, historyEvents: found.historyEvents };
  } catch {
    // A run can be shown without Temporal; what is asked here is only its size.
    return null;
  }
}
