import { z } from 'zod/v4';
import { type AuditLink, ChainCheck, type ChainVerdict } from '../../domain/manifest/audit-chain';
import type { AuditEntry, AuditFilter, AuditLog } from '../../ports/audit-log';
import { type Database, type DatabaseOptions, openDatabase } from './pool';
import { jsonb, rowsOf, sql } from './sql';

const Link = z.object({
  seq: z.coerce.number().int(),
  audit_id: z.string(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  before_sha256: z.string().nullable(),
  after_sha256: z.string().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  chain: z.string(),
}) satisfies z.ZodType<AuditLink>;

const COLUMNS = sql.fragment`seq, audit_id,
  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor, action, subject,
  before_sha256::text, after_sha256::text, reason, detail::text, chain::text`;

/** Rows read at once while the chain is followed. */
const PAGE = 1_000;

/** Opens the log with connections of its own. Nothing is connected before the first call. */
export async function createAuditLog(
  url: string,
  options: DatabaseOptions = {},
): Promise<AuditLog> {
  return new PostgresAuditLog(openDatabase(url, options));
}

class PostgresAuditLog implements AuditLog {
  constructor(private readonly database: Database) {}

  append(entry: AuditEntry): Promise<AuditLink> {
    const { actor, action, subject, reason, detail } = entry;
    return this.database.plain((plain) =>
      plain.one(rowsOf(Link)`
        INSERT INTO audit_log (actor, action, subject, before_sha256, after_sha256, reason, detail)
        VALUES (
          coalesce(${actor ?? null}, nullif(current_setting('ncfd.actor', true), ''), session_user),
          ${action}, ${subject}, ${entry.beforeSha256 ?? null}, ${entry.afterSha256 ?? null},
          coalesce(${reason ?? null}, nullif(current_setting('ncfd.reason', true), '')),
          ${jsonb(detail)})
        RETURNING ${COLUMNS}`),
    );
  }

  async list({ subject, action, since }: AuditFilter, limit: number): Promise<AuditLink[]> {
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(Link)`
        SELECT ${COLUMNS} FROM audit_log
        WHERE (${subject ?? null}::text IS NULL OR subject = ${subject ?? null})
          AND (${action ?? null}::text IS NULL OR action = ${action ?? null})
          AND (${since ?? null}::timestamptz IS NULL OR at >= ${since ?? null}::timestamptz)
        ORDER BY seq DESC LIMIT ${limit}`),
    );
    return [...rows];
  }

  async verify(head?: string): Promise<ChainVerdict> {
    const check = new ChainCheck(head);
    let after: { readonly seq: number; readonly audit_id: string } = { seq: -1, audit_id: '-1' };
    for (;;) {
      const rows = await this.page(after);
      for (const row of rows) if (!check.take(row)) return check.verdict();
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return check.verdict();
      after = last;
    }
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** The constraint that makes `seq` unique may be gone with the row that it would have refused. */
  private page(after: Pick<AuditLink, 'seq' | 'audit_id'>): Promise<readonly AuditLink[]> {
    return this.database.plain((plain) =>
      plain.any(rowsOf(Link)`
        SELECT ${COLUMNS} FROM audit_log WHERE (seq, audit_id) > (${after.seq}, ${after.audit_id}::bigint)
        ORDER BY seq, audit_id LIMIT ${PAGE}`),
    );
  }
}
