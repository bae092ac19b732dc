import type { ApprovalPolicy } from '../contracts/control';
import type { Sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import type { Log } from '../observability/log';
import type { Metrics } from '../observability/metrics';
import type { ArtifactStore } from '../ports/artifact-store';
import type { RunStore } from '../ports/run-store';
import type { TrialStore } from '../ports/trial-store';
import type { ManifestSigner } from '../report/signature';
import type { PlanReader } from './run-plan';

/** The ports and facts that the activities are made of. */
export interface ActivityPorts {
  readonly trials: TrialStore;
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
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
