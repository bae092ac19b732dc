import type { Client, Connection } from '@temporalio/client';
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
/** Versions asked about at once; there are at most 100. */
const AT_ONCE = 10;

/**
 * What rollbacks remember of versions. It is kept by the server that routes, with the version
 * itself: a rollback must not need a database that may be what broke.
 */
export class VersionMarks {
  constructor(
    private readonly connection: Connection,
    private readonly client: Client,
    private readonly deploymentName: string,
  ) {}

  async of(buildIds: readonly string[]): Promise<Marks> {
    const found = new Map<string, Mark>();
    for (let from = 0; from < buildIds.length; from += AT_ONCE) {
      const some = buildIds.slice(from, from + AT_ONCE);
      const marks = await Promise.all(some.map((buildId) => this.read(buildId)));
      for (const [i, mark] of marks.entries()) if (mark !== null) found.set(some[i] ?? '', mark);
    }
    return found;
  }

  async add(buildId: string, to: string): Promise<void> {
    const mark: Mark = { to, at: new Date().toISOString() };
    await this.connection.workflowService.updateWorkerDeploymentVersionMetadata({
      ...this.version(buildId),
      upsertEntries: { [KEY]: defaultPayloadConverter.toPayload(mark) },
    });
  }

  /** @param marks what is known to be there */
  async remove(buildId: string, marks: Marks): Promise<void> {
    if (!marks.has(buildId)) return;
    await this.connection.workflowService.updateWorkerDeploymentVersionMetadata({
      ...this.version(buildId),
      removeEntries: [KEY],
    });
  }

  private async read(buildId: string): Promise<Mark | null> {
    const { workflowService } = this.connection;
    const found = await workflowService
      .describeWorkerDeploymentVersion(this.version(buildId))
      .catch((error: unknown) => {
        if (codeOf(error) === NOT_FOUND) return null;
        throw error;
      });
    const payload = found?.workerDeploymentVersionInfo?.metadata?.entries?.[KEY];
    return payload ? defaultPayloadConverter.fromPayload<Mark>(payload) : null;
  }

  private version(buildId: string) {
    return {
      namespace: this.client.options.namespace,
      deploymentVersion: { deploymentName: this.deploymentName, buildId },
    };
  }
}
