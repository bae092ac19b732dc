import { isNcfdError, NcfdError } from '../contracts/errors';
import type { PlanInput } from '../contracts/activities';
import {
  trialListKey,
  type ArtifactRef,
  type PlanResult,
  type RunHeader,
  type Sizing,
} from '../contracts/run';
import { newestVersionIn } from '../domain/features/versions-in';
import { universeDecision, type UniverseCandidate } from '../domain/features/universe';
import { canonicalJson } from '../domain/manifest/canonical-json';
import type { Parameters } from '../domain/parameters/types';
import { parseInstant } from '../domain/time/calendar';
import { adoptParent } from './adopt-parent';
import { attempt, type Attempt } from './attempt';
import type { ActivityDeps } from './deps';
import { planKey, type RunPlan } from './run-plan';

/** The registry gives no such numbers; the sample generator gives only such. */
const SYNTHETIC = 'NCT99';
/** Unknown ids that a message names. */
const NAMED_IDS = 10;

export const planShards =
  (deps: ActivityDeps) =>
  (input: PlanInput): Promise<PlanResult> =>
    attempt(deps, input.header, async (at) => {
      const fork = (await deps.runs.run(input.header.runId))?.fork ?? null;
      const plan =
        fork === null
          ? await storedPlan(deps, input, at)
          : await adoptParent(deps, input.header, fork);
      const { shards, trials } = await deps.planOf(plan);
      const { approval = 'none' } = deps;
      const { startedBy, reason } = input;
      await deps.runs.setRunStatus(input.header.runId, 'running', {
        plan,
        approval,
        ...(startedBy === undefined ? {} : { startedBy }),
        ...(reason === undefined ? {} : { reason }),
      });
      deps.log.info(
        { runId: input.header.runId, runKey: input.header.runKey, shards: shards.length, trials },
        'run planned',
      );
      return { plan, shards: shards.length, trials, approval };
    });

/** The plan of an earlier attempt or start, else a new one. Of two at once the first one counts. */
async function storedPlan(
  deps: ActivityDeps,
  { header, sizing }: PlanInput,
  at: Attempt,
): Promise<ArtifactRef> {
  const key = planKey(header);
  const found = await deps.artifacts.find(key);
  if (found !== null) return found;
  const plan = await makePlan(deps, header, sizing, at);
  try {
    return await deps.artifacts.put(key, canonicalJson(plan));
  } catch (error) {
    if (!isNcfdError(error) || error.kind !== 'ArtifactConflict') throw error;
    const first = await deps.artifacts.find(key);
    if (first === null) throw error;
    return first;
  }
}

async function makePlan(
  deps: ActivityDeps,
  header: RunHeader,
  { shardSize }: Sizing,
  at: Attempt,
): Promise<RunPlan> {
  const { identity } = header;
  const parameters = await deps.parametersOf(identity.parameter_set_sha256);
  const only = await listedTrials(deps, identity.universe_rule);
  const watermark = await deps.trials.watermark();
  const survey = new Survey(header, parameters);
  let read = 0;
  for await (const history of deps.trials.universe(watermark, only)) {
    survey.look(history);
    at.at((read += 1));
    await at.breathe();
  }
  const { ids } = survey;
  if (ids.length === 0) {
    throw new NcfdError(
      'EmptyUniverse',
      `${identity.universe_rule} leaves none of ${read} trials`,
      {
        hint: 'Ingest records with `ncfd ingest`, or choose another --universe or --as-of.',
      },
    );
  }
  return {
    format: 1,
    watermark,
    ...survey.facts(),
    trials: ids.length,
    shards: cut(ids, shardSize),
  };
}

function cut(ids: readonly string[], shardSize: number): RunPlan['shards'] {
  const shards = Math.ceil(ids.length / shardSize);
  return Array.from({ length: shards }, (_, index) => ({
    index,
    ids: ids.slice(index * shardSize, (index + 1) * shardSize),
  }));
}

/** Ids of a `list:` rule, all of them stored; null for the other rules. */
async function listedTrials(
  { artifacts, trials }: ActivityDeps,
  rule: string,
): Promise<readonly string[] | null> {
  if (!rule.startsWith('list:')) return null;
  const sha256 = rule.slice('list:'.length);
  const text = (await artifacts.read({ key: trialListKey(sha256), sha256 })).toString('utf8');
  const ids = text.split('\n').filter((id) => id !== '');
  const missing = await trials.missing(ids);
  if (missing.length === 0) return ids;
  const named = missing.slice(0, NAMED_IDS).join(', ');
  const more = missing.length > NAMED_IDS ? ` and ${missing.length - NAMED_IDS} more` : '';
  throw new NcfdError('UnknownTrials', `${missing.length} trials are not stored: ${named}${more}`, {
    hint: 'Ingest their records, or take them out of the list.',
  });
}

/** Applies the universe rule to trial after trial, and gathers what the plan says of them. */
class Survey {
  readonly ids: string[] = [];
  readonly #leftOut: Record<string, number> = {};
  #from: string | null = null;
  #to: string | null = null;

  constructor(
    private readonly header: RunHeader,
    private readonly parameters: Parameters,
  ) {}

  look(history: UniverseCandidate): void {
    const { mode, as_of, universe_rule } = this.header.identity;
    const decision = universeDecision(history, universe_rule, { mode, as_of }, this.parameters);
    if (!decision.included) {
      this.#leftOut[decision.clause] = (this.#leftOut[decision.clause] ?? 0) + 1;
      return;
    }
    this.ids.push(history.nct_id);
    const asOfMs = parseInstant(as_of) ?? 0;
    const date = newestVersionIn(history.versions, asOfMs)?.facts.data_date ?? null;
    if (date === null) return;
    if (this.#from === null || date < this.#from) this.#from = date;
    if (this.#to === null || date > this.#to) this.#to = date;
  }

  facts(): Pick<RunPlan, 'left_out' | 'data_from' | 'data_to' | 'synthetic'> {
    return {
      left_out: this.#leftOut,
      data_from: this.#from,
      data_to: this.#to,
      synthetic: this.ids.some((id) => id.startsWith(SYNTHETIC)),
    };
  }
}
