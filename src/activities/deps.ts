import type { ApprovalPolicy } from '../contracts/control';
import type { GoldenTrial } from '../domain/golden';
import type { Sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import type { OffsetAt } from '../domain/schedules/planned-times';
import type { Log } from '../observability/log';
import type { Metrics } from '../observability/metrics';
import type { ArtifactStore } from '../ports/artifact-store';
import type { RunStore } from '../ports/run-store';
import type { TrialStore } from '../ports/trial-store';
import type { ManifestSigner } from '../report/signature';
import type { ScheduleServer } from '../ports/schedule-server';
import type { ScheduleStore } from '../ports/schedule-store';
import type { PlanReader } from './run-plan';

/** What scheduled runs need beyond what every run does. */
export interface SchedulePorts {
  readonly store: ScheduleStore;
  readonly server: ScheduleServer;
  /** A parameter set that is shipped with this code. */
  parametersNamed(name: string): Parameters;
  /** Offsets of a time zone to UTC. */
  offsetsOf(timeZone: string): OffsetAt;
}

/** What a version of the worker says of itself before it takes traffic. */
export interface GoldenPort {
  /** The golden set of this installation. */
  read(): GoldenInputs;
  /** Digest of the workflow code that runs here. */
  bundleSha256(): Promise<Sha256>;
}

/** Frozen trials, and what they are scored with. */
export interface GoldenInputs {
  readonly sha256: Sha256;
  readonly parameters: Parameters;
  readonly trials: readonly GoldenTrial[];
  readonly modelVersion: number;
}

/** The ports and facts that the activities are made of. */
export interface ActivityPorts {
  readonly trials: TrialStore;
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
  /** Absent where no scheduled run is taken up. */
  readonly schedules?: SchedulePorts;
  /** Absent where nobody asks for it. */
  readonly golden?: GoldenPort;
  /** Version of the code that runs here; a run of another version is refused. */
  readonly codeVersion: string;
  /** What must be true before a run publishes; default `none`. */
  readonly approval?: ApprovalPolicy;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Signs publications; without it they are unsigned, which verification refuses. */
  readonly signer?: ManifestSigner | null;
}

/** The ports with what is read through them and kept. */
export interface ActivityDeps extends ActivityPorts {
  parametersOf(sha256: Sha256): Promise<Parameters>;
  readonly planOf: PlanReader;
}
