import { ERROR_CODES } from '../contracts/errors';
import type { JsonObject } from '../domain/json';
import { STAGES, type Stage } from '../domain/vocabulary';
import type { ArtifactStore } from '../ports/artifact-store';
import type { RunRow, RunStore, ShardLedgerRow } from '../ports/run-store';
import type { ArtifactRef } from '../contracts/run';

/** What a further start of a run would find whole, and what it would compute. */
export interface RetryPlan {
  /** Null before the trials were chosen. */
  readonly shards: number | null;
  /** Shards that are whole in every stage. */
  readonly reused: number;
  readonly recomputed: readonly Recomputed[];
}

export interface Recomputed {
  readonly shard: number;
  /** The first stage that is not whole. */
  readonly from: Stage;
  readonly reason: string;
}

/** Steps that every shard goes through. */
const STEPS = STAGES.filter((stage) => stage !== 'publish');
/** Shards that the text names. */
const NAMED = 20;

export async function retryPlan(
  { header, plan }: RunRow,
  store: RunStore,
  artifacts: ArtifactStore,
): Promise<RetryPlan> {
  if (plan === null) return { shards: null, reused: 0, recomputed: [] };
  const shards = await plannedShards(artifacts, plan);
  const ledger = new Map(
    (await store.ledger(header.runId)).map((row) => [`${row.stage}/${row.shard}`, row]),
  );
  const recomputed = Array.from({ length: shards }, (_, shard) => shard).flatMap((shard) => {
    const from = STEPS.find((stage) => ledger.get(`${stage}/${shard}`)?.status !== 'succeeded');
    if (from === undefined) return [];
    return [{ shard, from, reason: reasonOf(ledger.get(`${from}/${shard}`)) }];
  });
  return { shards, reused: shards - recomputed.length, recomputed };
}

/** Number of shards of a plan, as it is stored. */
export async function plannedShards(artifacts: ArtifactStore, plan: ArtifactRef): Promise<number> {
  const { shards } = JSON.parse((await artifacts.read(plan)).toString('utf8')) as {
    readonly shards: readonly unknown[];
  };
  return shards.length;
}

function reasonOf(row: ShardLedgerRow | undefined): string {
  if (row === undefined) return 'never begun';
  if (row.status === 'running') return 'not finished';
  return `failed ${errorText(row.error)}`;
}

function errorText(error: JsonObject | null): string {
  const kind = typeof error?.kind === 'string' ? error.kind : '';
  const code = (ERROR_CODES as Readonly<Record<string, string>>)[kind] ?? kind;
  const message = typeof error?.message === 'string' ? error.message : 'without a message';
  return `${code}: ${message}`;
}

/** `14 of 16 shards reused; 2 recomputed: signals/0003 (failed NCFD3103: …)`, and so on. */
export function retryText({ shards, reused, recomputed }: RetryPlan): string {
  if (shards === null) return 'no shard is planned yet: everything is computed';
  const lines = recomputed
    .slice(0, NAMED)
    .map(({ shard, from, reason }) => `  ${from}/${String(shard).padStart(4, '0')} (${reason})`);
  const more = recomputed.length - lines.length;
  if (more > 0) lines.push(`  and ${more} more`);
  const head = `${reused} of ${shards} shards reused; ${recomputed.length} recomputed`;
  return lines.length === 0 ? head : [`${head}:`, ...lines].join('\n');
}
