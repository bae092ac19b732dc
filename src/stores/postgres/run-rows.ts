import { z } from 'zod/v4';
import { APPROVAL_POLICIES } from '../../contracts/control';
import {
  RUN_STATUSES,
  type ArtifactRef,
  type RunCounts,
  type RunIdentity,
} from '../../contracts/run';
import type { JsonObject } from '../../domain/json';
import { MODES } from '../../domain/vocabulary';
import type { PublicationRow, RunFork, RunRow } from '../../ports/run-store';
import { sql } from './sql';

export const StoredRun = z.object({
  run_id: z.string(),
  idempotency_key: z.string(),
  identity: z.custom<RunIdentity>(),
  run_started_at: z.string(),
  status: z.enum(RUN_STATUSES),
  snapshot_sha256: z.string().nullable(),
  publication_sha256: z.string().nullable(),
  counts: z.custom<RunCounts>().nullable(),
  error: z.custom<JsonObject>().nullable(),
  plan: z.custom<ArtifactRef>().nullable(),
  finished_at: z.string().nullable(),
  approval: z.enum(APPROVAL_POLICIES),
  fork: z.custom<RunFork>().nullable(),
});

export const RUN_COLUMNS = sql.fragment`run_id, idempotency_key, identity, run_started_at, status,
  snapshot_sha256, publication_sha256, counts, error, plan, finished_at,
  approval, fork`;

export function runRow(row: z.infer<typeof StoredRun>): RunRow {
  return {
    header: {
      runId: row.run_id,
      runKey: row.idempotency_key,
      identity: row.identity,
      runStartedAt: row.run_started_at,
    },
    status: row.status,
    snapshotSha256: row.snapshot_sha256,
    publicationSha256: row.publication_sha256,
    counts: row.counts,
    error: row.error,
    plan: row.plan,
    finishedAt: row.finished_at,
    approval: row.approval,
    fork: row.fork,
  };
}

export const StoredPublication = z.object({
  publication_sha256: z.string(),
  run_id: z.string(),
  published_at: z.string(),
  mode: z.enum(MODES),
  manifest: z.custom<JsonObject>(),
  object_prefix: z.string(),
  supersedes: z.string().nullable(),
  signature: z.custom<JsonObject>().nullable(),
});

export const PUBLICATION_COLUMNS = sql.fragment`p.publication_sha256, p.run_id, p.published_at,
  p.mode, p.manifest, p.object_prefix, p.supersedes, p.signature`;

export function publicationRow(row: z.infer<typeof StoredPublication>): PublicationRow {
  return {
    publicationSha256: row.publication_sha256,
    runId: row.run_id,
    publishedAt: row.published_at,
    mode: row.mode,
    manifest: row.manifest,
    objectPrefix: row.object_prefix,
    supersedes: row.supersedes,
    signature: row.signature,
  };
}
