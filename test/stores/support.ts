import { createHash } from 'node:crypto';
import { Client } from 'pg';
import type { RunHeader } from '../../src/contracts/run';
import type { TrialVersion } from '../../src/domain/registry/types';
import type { RunStore, ShardClaim, ShardKey, ShardOutput } from '../../src/ports/run-store';
import type { ImportBatch, VersionToStore } from '../../src/ports/trial-store';
import { factsOf, registryRecord } from '../support/registry-record';

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Runs SQL as some login and returns the rows; errors are the server's. */
export async function query<Row>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

export const PARAMETERS = { id: 'made-up', semver: '1.0.0', values: { tau: 0.8 } };
export const PARAMETERS_SHA256 = digest('made-up 1.0.0');

let runs = 0;

/** The header of a run like no other of this file. */
export function runHeader(startedAt = '2026-03-20T10:00:00Z'): RunHeader {
  runs += 1;
  const runKey = digest(`run ${runs}`);
  return {
    runId: `run-20260320T100000Z-${runKey.slice(0, 8)}`,
    runKey,
    runStartedAt: startedAt,
    identity: {
      kind: 'score',
      mode: 'post_readout',
      as_of: '2026-03-20T00:00:00Z',
      universe_rule: 'all',
      parameter_set_sha256: PARAMETERS_SHA256,
      code_version: '0.1.0+0123456789ab.node20',
      request_token: `${runs}`,
    },
  };
}

export const shardOutput = (input: string, output: string, rows = 1): ShardOutput => ({
  rows,
  inputSha256: digest(input),
  outputSha256: digest(output),
  artifacts: { signals: { key: 'runs/x/signals/0000', sha256: digest(output), bytes: 12 } },
  counters: { errors: 0 },
});

/** A claim that must be granted. */
export async function claimed(store: RunStore, key: ShardKey, input: string): Promise<ShardClaim> {
  const result = await store.claimShard(key, digest(input));
  if (result.kind !== 'claimed') throw new Error(`shard ${key.shard} is ${result.kind}`);
  return result.claim;
}

interface VersionParts extends Partial<TrialVersion> {
  readonly keys?: readonly string[];
  readonly completeness?: 'record' | 'partial';
  readonly status?: string;
}

/** A version of a made-up trial; `content` decides whether its meaning is that of another. */
export function versionOf(
  nct_id: string,
  captured_at: string,
  content: string,
  parts: VersionParts = {},
): VersionToStore {
  const { keys = [], completeness = 'record', status = 'COMPLETED', ...version } = parts;
  const raw = registryRecord({
    identification: { nctId: nct_id, briefTitle: `Trial of ${content}` },
    status: { overallStatus: status },
    primaryOutcomes: [{ measure: content, timeFrame: 'week 24' }],
  });
  const facts = { ...factsOf(raw), completeness };
  return {
    version: {
      version_id: digest(content).slice(0, 12),
      nct_id,
      captured_at,
      published_at: null,
      primary_endpoint_text: content,
      primary_outcomes: facts.primary_outcomes,
      est_primary_completion_date: facts.epcd,
      start_date: facts.start_date,
      overall_status: facts.overall_status,
      enrollment: facts.enrollment,
      masking: facts.masking,
      phases: facts.phases,
      lpr_date: null,
      content_sha256: digest(content),
      ...version,
    },
    facts,
    program_keys: keys,
    raw,
    changed_fields: null,
  };
}

export const batch = (parts: Partial<ImportBatch>): ImportBatch => ({
  versions: [],
  cards: [],
  catalysts: [],
  ...parts,
});
