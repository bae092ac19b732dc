import type { ArtifactRef, PublishInput, PublishResult } from '../contracts/run';
import type { QuarantinedTrial } from '../domain/features/types';
import { canonicalJson } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import type { ScoredTrial } from '../domain/scoring/types';
import type { Mode } from '../domain/vocabulary';
import type { PublicationRow, PublishRequest, ShardOutput } from '../ports/run-store';
import type { PublicationHeader } from '../report/input';
import type { PublicationManifest, PublishedObject } from '../report/manifest';
import { draftPublication, MANIFEST_NAME, type PublicationDraft } from '../report/publication';
import { SIGNATURE_NAME } from '../report/signature';
import { attempt, type Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { jsonLines } from './ndjson';
import type { RunPlan } from './run-plan';
import { artifactOf } from './shard-inputs';
import { stagedKey } from './shard-keys';
import { wholeShards } from './whole-shards';

/**
 * Publishes a verified run: the objects under staging keys, then under their content-addressed
 * prefix, the manifest last of all, and then the pointer in one transaction. Readers see the
 * publication as a whole or not at all.
 */
export const publishRun =
  (deps: ActivityDeps) =>
  (input: PublishInput): Promise<PublishResult> =>
    attempt(deps, input.header, async (at) => {
      const { runs, metrics, log } = deps;
      const { runId, runKey, identity } = input.header;
      const { mode } = identity;
      const earlier = (await runs.run(runId))?.publicationSha256;
      if (earlier) {
        await storeSignature(deps, await runs.publication(earlier));
        return { publicationSha256: earlier };
      }
      try {
        const manifest = await storedPublication(deps, input, at);
        const { publicationSha256, value, prefix } = manifest;
        const row = await runs.publish({
          ...signing(deps, mode, publicationSha256),
          runId,
          mode,
          publicationSha256,
          manifest: value,
          objectPrefix: prefix,
          counts: input.counts,
          ...(input.approved === undefined ? {} : { approved: input.approved }),
        });
        await storeSignature(deps, row);
        metrics.publications.inc({ mode, outcome: 'published' });
        const signed = row.signature !== null;
        log.info({ runId, runKey, publicationSha256, signed, ...input.counts }, 'run published');
        return { publicationSha256 };
      } catch (error) {
        metrics.publications.inc({ mode, outcome: 'refused' });
        throw error;
      }
    });

/** The statement is made where the pointer moves: only there is known what comes before. */
const signing = (
  { signer }: ActivityDeps,
  mode: Mode,
  publicationSha256: Sha256,
): Pick<PublishRequest, 'sign'> =>
  signer ? { sign: (previous) => signer.sign({ publicationSha256, mode, previous }) } : {};

/** Beside the manifest, for readers of the artifacts; the row of the publication decides. */
async function storeSignature(
  { artifacts }: ActivityDeps,
  row: PublicationRow | null,
): Promise<void> {
  if (row === null || row.signature === null) return;
  await artifacts.put(row.objectPrefix + SIGNATURE_NAME, canonicalJson(row.signature));
}

async function storedPublication(
  deps: ActivityDeps,
  input: PublishInput,
  at: Attempt,
): Promise<PublicationManifest> {
  const { artifacts } = deps;
  const scored = await wholeShards(deps, input, 'score');
  const draft = draftPublication({
    header: await publicationHeader(deps, input),
    scored: scoredTrials(deps, scored, at),
  });
  const staged = await stage(deps, input, draft);
  const manifest = draft.manifest(staged.map(({ ref: _, ...object }) => object));
  for (const { name, ref } of staged) {
    await artifacts.put(manifest.prefix + name, await artifacts.stream(ref));
    await at.breathe();
  }
  await artifacts.put(manifest.prefix + MANIFEST_NAME, manifest.text);
  return manifest;
}

type Staged = PublishedObject & { readonly ref: ArtifactRef };

async function stage(
  { artifacts }: ActivityDeps,
  { header }: PublishInput,
  draft: PublicationDraft,
): Promise<readonly Staged[]> {
  const staged: Staged[] = [];
  for await (const object of draft.objects) {
    const { name, media_type } = object;
    const key = stagedKey(header.runKey, name);
    const ref = await artifacts.put(key, object.content);
    const { bytes, sha256 } = ref;
    staged.push({ name, media_type, rows: object.rows(), bytes, sha256, ref });
  }
  return staged;
}

/** Scored trials of all shards; shards follow each other in the order of nct_id. */
async function* scoredTrials(
  { artifacts }: ActivityDeps,
  shards: readonly ShardOutput[],
  at: Attempt,
): AsyncGenerator<ScoredTrial> {
  let read = 0;
  for (const output of shards) {
    for await (const trial of jsonLines<ScoredTrial>(artifacts, artifactOf(output, 'scored'))) {
      yield trial;
      at.at((read += 1));
      await at.breathe();
    }
  }
}

async function publicationHeader(
  deps: ActivityDeps,
  input: PublishInput,
): Promise<PublicationHeader> {
  const { identity } = input.header;
  const plan = await deps.planOf(input.plan);
  return {
    mode: identity.mode,
    as_of: identity.as_of,
    universe: { rule: identity.universe_rule, left_out: plan.left_out },
    snapshot_sha256: input.snapshotSha256,
    parameters: await deps.parametersOf(identity.parameter_set_sha256),
    parameter_override: (await deps.runs.run(input.header.runId))?.fork?.parameterOverride ?? false,
    code_version: identity.code_version,
    counts: input.counts,
    sources: [sourceOf(plan)],
    quarantined: await quarantinedTrials(deps, input),
    synthetic: plan.synthetic,
  };
}

const sourceOf = (plan: RunPlan): PublicationHeader['sources'][number] => ({
  name: 'ClinicalTrials.gov',
  url: 'https://clinicaltrials.gov',
  data_from: plan.data_from,
  data_to: plan.data_to,
  note: plan.synthetic ? 'synthetic records in its format' : 'registry records, modified',
});

async function quarantinedTrials(
  deps: ActivityDeps,
  input: PublishInput,
): Promise<readonly QuarantinedTrial[]> {
  const found: QuarantinedTrial[] = [];
  for (const output of await wholeShards(deps, input, 'freeze')) {
    const ref = artifactOf(output, 'quarantine');
    for await (const trial of jsonLines<QuarantinedTrial>(deps.artifacts, ref)) found.push(trial);
  }
  return found;
}
