import { jsonLines } from '../activities/ndjson';
import { parameterCache } from '../activities/parameter-cache';
import type { RunPlan } from '../activities/run-plan';
import { codeVersion } from '../config/code-version';
import { NcfdError } from '../contracts/errors';
import type { FeatureRecord } from '../domain/features/types';
import { canonicalJson } from '../domain/manifest/canonical-json';
import { freezingKeys, swappedKeys } from '../domain/diff/swapped-keys';
import { trialDiff, type DiffTerms } from '../domain/diff/trial-diff';
import { verdictOf } from '../domain/diff/verdict';
import type { Parameters } from '../domain/parameters/types';
import { compareRank, type Ranked } from '../domain/scoring/rank';
import type { ScoredTrial } from '../domain/scoring/types';
import type { Stage } from '../domain/vocabulary';
import type { ArtifactStore } from '../ports/artifact-store';
import type { RunRow, RunStore } from '../ports/run-store';
import { codeStanding, type DiffedRun, type RunsDiff } from '../report/diff/model';
import { DiffTally } from '../report/diff/tally';

interface Stores {
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
}

interface FrozenAndScored {
  readonly features: FeatureRecord;
  readonly scored: ScoredTrial;
}

type Ranks = ReadonlyMap<string, number>;

/**
 * Compares two runs of a mode. Both are read shard by shard, merged by nct_id; what is held is one
 * trial of each, a rank for every trial, and the trials that will be listed.
 *
 * @param limit how many trials are listed
 * @throws NcfdError `BadUsage` for runs of different modes, `FrozenSetMismatch` for a run that is
 *   not whole
 */
export async function diffRuns(
  stores: Stores,
  a: RunRow,
  b: RunRow,
  limit: number,
): Promise<RunsDiff> {
  const { mode } = a.header.identity;
  if (b.header.identity.mode !== mode) throw otherMode(a, b);
  const parametersOf = parameterCache(stores.runs);
  const [setA, setB] = await Promise.all(
    [a, b].map((run) => parametersOf(run.header.identity.parameter_set_sha256)),
  );
  if (setA === undefined || setB === undefined) throw new NcfdError('Bug', 'a set is missing');
  const keys = swappedKeys(setA, setB);
  const tally = new DiffTally(limit);
  await compareTrials(stores, [a, b], { mode, a: setA, b: setB, keys }, tally);
  return {
    mode,
    a: await diffedRun(stores, a, setA, tally.trialsInA),
    b: await diffedRun(stores, b, setB, tally.trialsInB),
    code: codeStanding(
      a.header.identity.code_version,
      b.header.identity.code_version,
      codeVersion(),
    ),
    parameter_changes: keys.map(({ pointer, before, after }) => ({ pointer, before, after })),
    freezing_keys: freezingKeys(keys),
    ...tally.result(),
  };
}

async function compareTrials(
  stores: Stores,
  [a, b]: readonly [RunRow, RunRow],
  terms: DiffTerms,
  tally: DiffTally,
): Promise<void> {
  const [ranksA, ranksB] = [await ranksOf(stores, a), await ranksOf(stores, b)];
  for await (const [one, other] of merged(trialsOf(stores, a), trialsOf(stores, b))) {
    if (one === null || other === null) {
      if (one !== null) tally.left(one.features.nct_id);
      if (other !== null) tally.entered(other.features.nct_id);
      continue;
    }
    const { nct_id } = one.features;
    const isChanged = canonicalJson(one.features) !== canonicalJson(other.features);
    const difference = trialDiff(sideOf(one), sideOf(other), terms);
    tally.both(isChanged, difference, {
      title: other.features.trial.brief_title,
      rank: [ranksA.get(nct_id) ?? null, ranksB.get(nct_id) ?? null],
    });
  }
}

const sideOf = ({ features, scored }: FrozenAndScored) => ({
  features,
  stored: verdictOf(scored),
});

async function ranksOf(stores: Stores, run: RunRow): Promise<Ranks> {
  const ranked: Ranked[] = [];
  for await (const { nct_id, context, score } of linesOf<ScoredTrial>(stores, run, 'score')) {
    if (score.decision === 'abstain') continue;
    const { catalyst } = context;
    const { p_fail, logit_post } = score;
    ranked.push({ nct_id, context: { catalyst }, score: { p_fail, logit_post } });
  }
  return new Map(ranked.sort(compareRank).map(({ nct_id }, index) => [nct_id, index + 1]));
}

/** Trials of a run with their frozen record, by nct_id ascending. */
async function* trialsOf(stores: Stores, run: RunRow): AsyncGenerator<FrozenAndScored> {
  const scores = linesOf<ScoredTrial>(stores, run, 'score');
  for await (const features of linesOf<FeatureRecord>(stores, run, 'freeze')) {
    const next = await scores.next();
    if (next.done === true || next.value.nct_id !== features.nct_id) {
      throw new NcfdError('FrozenSetMismatch', `${features.nct_id} is frozen and not scored`, {
        hint: `The artifacts of ${run.header.runId} do not fit each other; start the run again.`,
      });
    }
    yield { features, scored: next.value };
  }
}

const ROLES: Readonly<Partial<Record<Stage, string>>> = { freeze: 'features', score: 'scored' };

/** Lines of a stage's artifacts, shard after shard. */
async function* linesOf<T>(
  { runs, artifacts }: Stores,
  run: RunRow,
  stage: Stage,
): AsyncGenerator<T, void, undefined> {
  const { runId } = run.header;
  const rows = [...(await runs.ledger(runId, stage))].sort((x, y) => x.shard - y.shard);
  const planned = await planOf(artifacts, run);
  if (planned === null || rows.length !== planned.shards.length) throw notWhole(run);
  for (const { output } of rows) {
    const ref = output?.artifacts[ROLES[stage] ?? stage];
    if (ref === undefined) throw notWhole(run);
    yield* jsonLines<T>(artifacts, ref);
  }
}

async function planOf(artifacts: ArtifactStore, { plan }: RunRow): Promise<RunPlan | null> {
  if (plan === null) return null;
  return JSON.parse((await artifacts.read(plan)).toString('utf8')) as RunPlan;
}

/** Two streams in order of nct_id, side by side; null where one of them lacks the trial. */
async function* merged(
  left: AsyncGenerator<FrozenAndScored>,
  right: AsyncGenerator<FrozenAndScored>,
): AsyncGenerator<readonly [FrozenAndScored | null, FrozenAndScored | null]> {
  let [one, other] = [await following(left), await following(right)];
  while (one !== null || other !== null) {
    const [x, y] = [one?.features.nct_id, other?.features.nct_id];
    const takesLeft = x !== undefined && (y === undefined || x <= y);
    const takesRight = y !== undefined && (x === undefined || y <= x);
    yield [takesLeft ? one : null, takesRight ? other : null];
    if (takesLeft) one = await following(left);
    if (takesRight) other = await following(right);
  }
}

async function following<T>(stream: AsyncGenerator<T>): Promise<T | null> {
  const item = await stream.next();
  return item.done === true ? null : item.value;
}

async function diffedRun(
  { artifacts }: Stores,
  run: RunRow,
  { id, semver, sha256 }: Parameters,
  trials: number,
): Promise<DiffedRun> {
  const { as_of, code_version } = run.header.identity;
  return {
    run: run.header.runId,
    as_of,
    code_version,
    parameter_set: { id, semver, sha256 },
    snapshot: run.snapshotSha256,
    trials,
    synthetic: (await planOf(artifacts, run))?.synthetic === true,
  };
}

const notWhole = ({ header, status }: RunRow): NcfdError =>
  new NcfdError('FrozenSetMismatch', `${header.runId} is not whole (${status})`, {
    hint: `Only runs that were scored as a whole can be compared: ncfd run show ${header.runId}`,
  });

const otherMode = (a: RunRow, b: RunRow): NcfdError =>
  new NcfdError(
    'BadUsage',
    `${a.header.runId} is ${a.header.identity.mode} and ${b.header.runId} is ${b.header.identity.mode}`,
    { hint: 'The modes ask different questions; compare two runs of one mode.' },
  );
