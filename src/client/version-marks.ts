import type { WorkflowService } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { codeOf } from './errors';

/** Says that a version was left by a rollback: for which version, and when (ISO instant). */
export interface Mark {
  readonly to: string;
  readonly at: string;
}

/** By build id. */
export type Marks = ReadonlyMap<string, Mark>;

/** The server's code for a version that it does not know. */
const NOT_FOUND = 5;
const KEY = 'ncfdRolledBack';
const CODE = 'ncfdCodeVersion';
/** Versions asked about at once; there are at most 100. */
const AT_ONCE = 10;

/**
 * What is remembered of versions: that a rollback left one, and what code one runs. It is kept by the
 * server that routes, with the version itself: a rollback must not need a database that may be what
 * broke.
 */
export class VersionMarks {
  constructor(
    private readonly workflowService: WorkflowService,
    private readonly namespace: string,
    private readonly deploymentName: string,
  ) {}

  async of(buildIds: readonly string[]): Promise<Marks> {
    const found = new Map<string, Mark>();
    for (let from = 0; from < buildIds.length; from += AT_ONCE) {
      const some = buildIds.slice(from, from + AT_ONCE);
      const marks = await Promise.all(some.map((buildId) => this.read<Mark>(buildId, KEY)));
      for (const [i, mark] of marks.entries()) if (mark !== null) found.set(some[i] ?? '', mark);
    }
    return found;
  }

  async add(buildId: string, to: string): Promise<void> {
    const mark: Mark = { to, at: new Date().toISOString() };
    await this.upsert(buildId, KEY, mark);
  }

  /** @param marks what is known to be there */
  async remove(buildId: string, marks: Marks): Promise<void> {
    if (!marks.has(buildId)) return;
    await this.workflowService.updateWorkerDeploymentVersionMetadata({
      ...this.version(buildId),
      removeEntries: [KEY],
    });
  }

  /** What code the workers of a version run; null when they have not told. */
  codeVersionOf(buildId: string): Promise<string | null> {
    return this.read<string>(buildId, CODE);
  }

  /** A version is known to the server when a worker of it has asked for work. */
  tellCodeVersion(buildId: string, codeVersion: string): Promise<void> {
    return this.upsert(buildId, CODE, codeVersion);
  }

  private async upsert(buildId: string, key: string, value: Mark | string): Promise<void> {
    await this.workflowService.updateWorkerDeploymentVersionMetadata({
      ...this.version(buildId),
      upsertEntries: { [key]: defaultPayloadConverter.toPayload(value) },
    });
  }

  private async read<T>(buildId: string, key: string): Promise<T | null> {
    const found = await this.workflowService
      .describeWorkerDeploymentVersion(this.version(buildId))
      .catch((error: unknown) => {
        if (codeOf(error) === NOT_FOUND) return null;
        throw error;
      });
    const payload = found?.workerDeploymentVersionInfo?.metadata?.entries?.[key];
    return payload ? defaultPayloadConverter.fromPayload<T>(payload) : null;
  }

  private version(buildId: string) {
    return {
      namespace: this.namespace,
      deploymentVersion: { deploymentName: this.deploymentName, buildId },
    };
  }
}
