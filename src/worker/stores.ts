import { required, type Settings } from '../config/settings';
import type { ArtifactStore } from '../ports/artifact-store';
import type { FigureStore } from '../ports/operating-figures';
import type { NotificationStore } from '../ports/notification-store';
import type { RunStore } from '../ports/run-store';
import type { ScheduleStore } from '../ports/schedule-store';
import type { TrialStore } from '../ports/trial-store';
import { openArtifactStore } from '../stores/artifacts/open';
import { figureStoreOn } from '../stores/postgres/figures';
import { assertSchema } from '../stores/postgres/migrate';
import { notificationStoreOn } from '../stores/postgres/notification-store';
import { openDatabase, type Database, type PoolLook } from '../stores/postgres/pool';
import { PostgresRunStore } from '../stores/postgres/run-store';
import { scheduleStoreOn } from '../stores/postgres/schedule-store';
import { PostgresTrialStore } from '../stores/postgres/trial-store';

export interface Stores {
  readonly trials: TrialStore;
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
  readonly scheduleStore: ScheduleStore;
  readonly figures: FigureStore;
  readonly notifications: NotificationStore;
  /** Connections of this process, by the name of what they serve. */
  pools(): readonly (PoolLook & { readonly name: string })[];
  close(): Promise<void>;
}

/** The history of schedules is written once per run, figures are read once per scrape. */
const SIDE_CONNECTIONS = 2;

/** Each of the stores has two pools, for plain statements and for bulk work. */
const shared = (all: number): number => Math.floor((all - 2 * SIDE_CONNECTIONS) / 4);

/** Opens the drivers that the settings name, and checks that each of them can be used. */
export async function openStores(settings: Settings): Promise<Stores> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const location = required(settings, 'artifacts', 'NCFD_ARTIFACTS');
  await assertSchema(url);
  const artifacts = openArtifactStore(location, settings.s3);
  await artifacts.check();
  const connections = shared(settings.databaseConnections);
  const databases = {
    trials: openDatabase(url, { connections }),
    runs: openDatabase(url, { connections }),
    side: openDatabase(url, { connections: SIDE_CONNECTIONS }),
  };
  return {
    trials: new PostgresTrialStore(databases.trials),
    runs: new PostgresRunStore(databases.runs),
    artifacts,
    scheduleStore: scheduleStoreOn(databases.side),
    figures: figureStoreOn(databases.side),
    notifications: notificationStoreOn(databases.side),
    pools: () => poolsOf(databases),
    close: async () => {
      await Promise.all(Object.values(databases).map((database) => database.close()));
      await artifacts.close();
    },
  };
}

const poolsOf = (databases: Readonly<Record<string, Database>>) =>
  Object.entries(databases).flatMap(([name, database]) =>
    database.pools().map((look) => ({ ...look, name: `${name}-${look.pool}` })),
  );
