import { required, type Settings } from '../config/settings';
import type { ArtifactStore } from '../ports/artifact-store';
import type { RunStore } from '../ports/run-store';
import type { ScheduleStore } from '../ports/schedule-store';
import type { TrialStore } from '../ports/trial-store';
import { openArtifactStore } from '../stores/artifacts/open';
import { assertSchema } from '../stores/postgres/migrate';
import { createScheduleStore } from '../stores/postgres/schedule-store';
import { createRunStore } from '../stores/postgres/run-store';
import { createTrialStore } from '../stores/postgres/trial-store';

export interface Stores {
  readonly trials: TrialStore;
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
  readonly scheduleStore: ScheduleStore;
  close(): Promise<void>;
}

/** The history of schedules is written once per run. */
const SCHEDULE_CONNECTIONS = 2;

/** Each of the stores has two pools, for plain statements and for bulk work. */
const shared = (all: number): number => Math.floor((all - 2 * SCHEDULE_CONNECTIONS) / 4);

/** Opens the drivers that the settings name, and checks that each of them can be used. */
export async function openStores(settings: Settings): Promise<Stores> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const location = required(settings, 'artifacts', 'NCFD_ARTIFACTS');
  await assertSchema(url);
  const artifacts = openArtifactStore(location, settings.s3);
  await artifacts.check();
  const connections = shared(settings.databaseConnections);
  const trials = await createTrialStore(url, { connections });
  const runs = await createRunStore(url, { connections });
  const scheduleStore = await createScheduleStore(url, { connections: SCHEDULE_CONNECTIONS });
  return {
    trials,
    runs,
    artifacts,
    scheduleStore,
    close: async () => {
      await Promise.all([trials.close(), runs.close(), scheduleStore.close()]);
      await artifacts.close();
    },
  };
}
