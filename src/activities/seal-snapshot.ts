import { createHash } from 'node:crypto';
import { NcfdError } from '../contracts/errors';
import type { RunHeader, RunStep, SealResult } from '../contracts/run';
import { snapshotId, type SnapshotManifest } from '../domain/features/snapshot';
import { canonicalJson } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import type { ShardOutput } from '../ports/run-store';
import { attempt, type Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { artifactOf } from './shard-inputs';
import { snapshotFilesKey, snapshotManifestKey } from './shard-keys';
import { wholeShards } from './whole-shards';

/**
 * Gives the frozen features their content address. The id covers the lines in order of nct_id,
 * never how they are cut into shards.
 */
export const sealSnapshot =
  (deps: ActivityDeps) =>
  ({ header, plan }: RunStep): Promise<SealResult> =>
    attempt(deps, header, async (at) => {
      const { runs, artifacts, log } = deps;
      const shards = await wholeShards(deps, { header, plan }, 'freeze');
      const quarantined = shards.reduce((sum, s) => sum + (s.counters['quarantined'] ?? 0), 0);
      const adopted = await adoptedSnapshot(deps, header);
      if (adopted !== null) {
        const trials = shards.reduce((sum, { rows }) => sum + rows, 0);
        return { snapshotSha256: adopted, trials, quarantined };
      }
      const { mode, as_of } = header.identity;
      const manifest = await manifestOf(deps, { header, plan }, shards, at);
      const snapshotSha256 = snapshotId(manifest);
      const files = shards.map((output) => artifactOf(output, 'features'));
      await artifacts.put(snapshotFilesKey(snapshotSha256, header.runKey), canonicalJson(files));
      const key = snapshotManifestKey(snapshotSha256);
      const stored = await artifacts.put(key, canonicalJson(manifest));
      await runs.saveSnapshot({
        snapshotSha256,
        mode,
        asOf: as_of,
        trials: manifest.trials,
        manifest: { ...manifest },
        objectKey: stored.key,
      });
      await runs.setRunStatus(header.runId, 'running', { snapshotSha256 });
      const { trials } = manifest;
      log.info(
        { runId: header.runId, runKey: header.runKey, snapshotSha256, trials, quarantined },
        'snapshot sealed',
      );
      return { snapshotSha256, trials, quarantined };
    });

/** The snapshot that a fork scores, which is its parent's; null for a run that freezes itself. */
async function adoptedSnapshot(
  { runs }: ActivityDeps,
  { runId }: RunHeader,
): Promise<Sha256 | null> {
  const run = await runs.run(runId);
  return run?.fork && run.fork.from !== 'freeze' ? run.snapshotSha256 : null;
}

async function manifestOf(
  deps: ActivityDeps,
  { header }: RunStep,
  shards: readonly ShardOutput[],
  at: Attempt,
): Promise<SnapshotManifest> {
  const { identity } = header;
  const { value } = await deps.parametersOf(identity.parameter_set_sha256);
  return {
    format: 1,
    mode: identity.mode,
    as_of: identity.as_of,
    universe_rule: identity.universe_rule,
    freeze_days: value.freeze_days,
    as_of_lag_days: value.as_of_lag_days,
    parameter_set_sha256: identity.parameter_set_sha256,
    code_version: identity.code_version,
    trials: shards.reduce((sum, { rows }) => sum + rows, 0),
    lines_sha256: await linesDigest(deps, shards, at),
  };
}

/** SHA-256 of the line hashes of all shards in order (8.4). */
async function linesDigest(
  { artifacts }: ActivityDeps,
  shards: readonly ShardOutput[],
  at: Attempt,
): Promise<Sha256> {
  const hash = createHash('sha256');
  for (const [i, output] of shards.entries()) {
    const index = await artifacts.read(artifactOf(output, 'index'));
    const bytes = output.rows * LINE_BYTES;
    if (index.length !== bytes) {
      throw new NcfdError('FrozenSetMismatch', `shard ${i} has ${index.length} index bytes`);
    }
    hash.update(index);
    at.at(i + 1);
    await at.breathe();
  }
  return hash.digest('hex');
}

/** 64 hex digits and LF. */
const LINE_BYTES = 65;
