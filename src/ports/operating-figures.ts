import type { RunCounts, RunStatus } from '../contracts/run';
import type { Mode, Stage } from '../domain/vocabulary';

/** What the database knows of all runs and of itself; read for metrics. */
export interface OperatingFigures {
  readonly runs: readonly { readonly status: RunStatus; readonly count: number }[];
  /** Seconds since the oldest waiting run was asked for; 0 when none waits. */
  readonly waitingSeconds: number;
  /** Shards of the runs at work. */
  readonly shards: readonly {
    readonly stage: Stage;
    readonly status: string;
    readonly count: number;
  }[];
  readonly publications: readonly {
    readonly mode: Mode;
    /** Seconds since 1970 at which the newest publication was made. */
    readonly newestAt: number;
    /** Counts of the current publication, which may be an older one. */
    readonly counts: RunCounts | null;
  }[];
  readonly server: {
    readonly connections: number;
    readonly connectionsLimit: number;
    readonly bytes: number;
    readonly waitingLocks: number;
  };
}

export interface FigureStore {
  figures(): Promise<OperatingFigures>;
}
