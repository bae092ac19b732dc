import { z } from 'zod/v4';
import { ROLES, SCOPES } from '../contracts/access';
import { AREAS, GATE_IDS, MODES, PHASES } from '../domain/vocabulary';
import { CURSOR_CHARS_MAX } from './cursor';

/** What requests may say and what answers hold: the source of validation and of the OpenAPI file. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.string().describe('ISO 8601 instant in UTC');
const anyObject = z.record(z.string(), z.unknown());

export const cursor = z
  .string()
  .max(CURSOR_CHARS_MAX)
  .optional()
  .describe('`next` of the page before');
const limit = (most: number, usual: number) =>
  z.int().min(1).max(most).optional().describe(`rows of a page; default ${usual}`);
export const mode = z.enum(MODES).optional();

export const PublicationParams = z.strictObject({
  publication: z
    .string()
    .regex(/^(?:current|[0-9a-f]{64}|run-[0-9A-Za-z-]{1,46})$/)
    .describe('`current`, the digest of a publication, or the id of its run'),
});
export const TrialParams = PublicationParams.extend({
  nctId: z.string().regex(/^NCT[0-9]{8}$/),
});
export const ObjectParams = PublicationParams.extend({
  object: z.enum([
    'manifest.json',
    'evidence.ndjson',
    'scores.csv',
    'scores.parquet',
    'report.html',
  ]),
});
export const ModeQuery = z.strictObject({ mode });
export const PageQuery = z.strictObject({ limit: limit(200, 50), cursor });
export const ScoresQuery = z.strictObject({
  mode,
  decision: z.enum(['call', 'no_call', 'abstain']).optional(),
  risk: z.enum(['H', 'M', 'L']).optional(),
  area: z.enum(AREAS).optional(),
  phase: z.enum(PHASES).optional(),
  gate: z.enum(GATE_IDS).optional().describe('trials in which this gate fired'),
  min_p_fail: z.number().min(0).max(1).optional(),
  text: z.string().min(1).max(100).optional().describe('part of the id or the title'),
  limit: limit(500, 50),
  cursor,
});
export type ScoresFilter = z.infer<typeof ScoresQuery>;

export const RunParams = z.strictObject({
  run: z.string().regex(/^(?:run-[0-9A-Za-z-]{1,46}|[0-9a-f]{64})$/),
});
export const DiffParams = z.strictObject({ a: RunParams.shape.run, b: RunParams.shape.run });
export const DiffQuery = z.strictObject({ limit: limit(1_000, 50) });

const reason = z.string().min(1).max(1_000).describe('why; kept in the audit log with your name');
const dryRun = z.boolean().optional().describe('check everything and change nothing');
export const ControlBody = z.strictObject({ reason, dryRun });
export const StartBody = z.strictObject({
  mode: z.enum(MODES),
  asOf: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional()
    .describe('facts known to this day count; default today, UTC'),
  universe: z.enum(['read-out', 'awaiting-readout', 'all']).optional(),
  parameters: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,60}$/)
    .optional()
    .describe('name of a shipped parameter set; default seed'),
  again: z.boolean().optional().describe('a run of its own, even if the same was run before'),
  reason,
  dryRun,
});

const next = z.string().nullable().describe('cursor of the next page; null on the last');
const PublicationItem = z.object({
  publication: sha256,
  run: z.string(),
  mode: z.enum(MODES),
  asOf: z.unknown(),
  publishedAt: instant,
  counts: anyObject,
  signed: z.boolean(),
  supersedes: sha256.nullable(),
});
export const Publications = z.object({ items: z.array(PublicationItem), next });
export const Publication = PublicationItem.extend({
  manifest: anyObject,
  signature: anyObject.nullable(),
});
export const Scores = z.object({
  publication: sha256,
  run: z.string(),
  mode: z.enum(MODES),
  trials: z.int().describe('trials of the publication'),
  matched: z.int().describe('trials that fit the filter'),
  items: z.array(
    z.looseObject({
      rank: z.int().nullable(),
      nct_id: z.string(),
      decision: z.string(),
      p_fail: z.number().nullable(),
    }),
  ),
  next,
});
export const Trial = z.object({
  publication: sha256,
  run: z.string(),
  publishedAt: instant,
  evidence: z.looseObject({ nct_id: z.string() }),
  explained: anyObject.describe('the score opened into parts that give it again'),
  problems: z.array(z.string()).describe('not empty when it is not what its parts give'),
});
export const RunItem = z.object({
  run: z.string(),
  runKey: sha256,
  status: z.enum(['pending', 'running', 'succeeded', 'failed', 'cancelled', 'published']),
  mode: z.enum(MODES),
  asOf: instant,
  universe: z.string(),
  startedAt: instant,
  finishedAt: instant.nullable(),
  counts: anyObject.nullable(),
  publication: sha256.nullable(),
  parameterSet: sha256,
  codeVersion: z.string(),
  error: anyObject.nullable(),
});
export const Runs = z.object({ items: z.array(RunItem), next });
export const AuditQuery = z.strictObject({
  limit: limit(1_000, 50),
  subject: z.string().min(1).max(200).optional(),
  action: z.string().min(1).max(100).optional(),
});
export const AuditRecords = z.object({
  items: z.array(
    z.object({
      seq: z.int(),
      at: instant,
      actor: z.string(),
      action: z.string(),
      subject: z.string(),
      reason: z.string().nullable(),
      detail: z.unknown(),
      chain: sha256,
    }),
  ),
});
export const ApiKeys = z.object({
  items: z.array(
    z.object({
      keyId: z.string(),
      name: z.string(),
      role: z.enum(ROLES),
      scopes: z.array(z.enum(SCOPES)),
      createdAt: instant,
      createdBy: z.string(),
      expiresAt: instant,
      revokedAt: instant.nullable(),
    }),
  ),
});
export const AnyObject = anyObject;
export const Ready = z.object({ status: z.string(), reasons: z.array(z.string()) });
export const Outcome = z.object({
  run: z.string(),
  outcome: z.enum(['done', 'unchanged', 'would']),
  message: z.string(),
});
export const Started = z.object({
  run: z.string().nullable(),
  status: z.string().nullable(),
  outcome: z.string(),
});
