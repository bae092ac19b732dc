import type { WorkflowService } from '@temporalio/client';
import { NcfdError } from '../contracts/errors';
import { VersionMarks } from './version-marks';

/** One build of a worker deployment, as the server names it. */
export interface VersionName {
  readonly deploymentName: string;
  readonly buildId: string;
}

interface Known extends VersionName {
  /** Null when its workers have not told. */
  readonly codeVersion: string | null;
}

const WORKFLOW_TASKS = 1;

/**
 * Where a run must start so that code of its key computes it. A run key names the code, the server
 * routes by shares: while versions of different code have traffic, a run could come to one that must
 * refuse it.
 */
export class Placement {
  constructor(
    private readonly workflowService: WorkflowService,
    private readonly namespace: string,
    private readonly taskQueue: string,
  ) {}

  /**
   * The version that a run of this code is to be pinned to; null when routing as usual does.
   *
   * @throws NcfdError `VerificationMismatch` when all versions that take new runs are known to run
   *   other code, and no other version with workers runs this
   */
  async of(codeVersion: string): Promise<VersionName | null> {
    const { takers, others } = await this.versions();
    const known = await Promise.all(takers.map((version) => this.told(version)));
    if (known.every((version) => version.codeVersion === codeVersion)) return null;
    const right = known.find((version) => version.codeVersion === codeVersion);
    if (right !== undefined) return nameOf(right);
    for (const version of others) {
      if ((await this.told(version)).codeVersion !== codeVersion) continue;
      if (!(await this.isLeft(version))) return nameOf(version);
    }
    if (known.some((version) => version.codeVersion === null)) return null;
    const told = known.map((one) => `${one.buildId} (${one.codeVersion})`).join(' and ');
    throw new NcfdError(
      'VerificationMismatch',
      `new runs go to ${told}, which would not compute a run of code ${codeVersion}`,
      {
        hint: 'Start it with the ncfd of a release that takes new runs: see `ncfd deploy status`.',
      },
    );
  }

  /** Versions that have a share of the new runs, and other ones that ask for work. */
  private async versions(): Promise<Record<'takers' | 'others', readonly VersionName[]>> {
    const { versioningInfo, pollers } = await this.workflowService.describeTaskQueue({
      namespace: this.namespace,
      taskQueue: { name: this.taskQueue },
      taskQueueType: WORKFLOW_TASKS,
    });
    const { currentDeploymentVersion, rampingDeploymentVersion, rampingVersionPercentage } =
      versioningInfo ?? {};
    const ramping = (rampingVersionPercentage ?? 0) > 0 ? rampingDeploymentVersion : null;
    const takers = distinct([currentDeploymentVersion, ramping]);
    // Where no version takes runs, workers that are none do.
    if (takers.length === 0) return { takers, others: [] };
    const heard = distinct((pollers ?? []).map(({ deploymentOptions }) => deploymentOptions));
    return { takers, others: heard.filter((one) => !takers.some((taker) => same(taker, one))) };
  }

  private async told(version: VersionName): Promise<Known> {
    const codeVersion = await this.marks(version).codeVersionOf(version.buildId);
    return { ...version, codeVersion };
  }

  private async isLeft(version: VersionName): Promise<boolean> {
    return (await this.marks(version).of([version.buildId])).has(version.buildId);
  }

  private marks({ deploymentName }: VersionName): VersionMarks {
    return new VersionMarks(this.workflowService, this.namespace, deploymentName);
  }
}

type MaybeNamed =
  { readonly deploymentName?: string | null; readonly buildId?: string | null } | null | undefined;

function distinct(versions: readonly MaybeNamed[]): readonly VersionName[] {
  const found: VersionName[] = [];
  for (const version of versions) {
    const { deploymentName, buildId } = version ?? {};
    if (!deploymentName || !buildId) continue;
    const named = { deploymentName, buildId };
    if (!found.some((one) => same(one, named))) found.push(named);
  }
  return found;
}

const same = (a: VersionName, b: VersionName): boolean =>
  a.deploymentName === b.deploymentName && a.buildId === b.buildId;

const nameOf = ({ deploymentName, buildId }: VersionName): VersionName => ({
  deploymentName,
  buildId,
});
