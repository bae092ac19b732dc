import { z } from 'zod/v4';
import type { ScheduleDefinition } from '../../contracts/schedule';
import { OPEN_OUTCOMES, OUTCOMES, type Outcome, type Tick } from '../../domain/schedules/explain';
import { formatInstant } from '../../domain/time/calendar';
import type {
  PauseRow,
  ScheduleChange,
  ScheduleStore,
  ScheduleVersion,
  TickNote,
  TickRow,
  Watch,
} from '../../ports/schedule-store';
import type { Statements } from './plain';
import { openDatabase, type Database, type DatabaseOptions } from './pool';
import { jsonb, rowsOf, sql, statement } from './sql';

/** Opens a store with connections of its own. Nothing is connected before the first call. */
export async function createScheduleStore(
  url: string,
  options: DatabaseOptions = {},
): Promise<ScheduleStore> {
  return scheduleStoreOn(openDatabase(url, options));
}

/** A store that shares its connections with others. */
export const scheduleStoreOn = (database: Database): ScheduleStore =>
  new PostgresScheduleStore(database);

const OPEN = sql.fragment`(${sql.join(
  OPEN_OUTCOMES.map((outcome) => sql.fragment`${outcome}`),
  sql.fragment`, `,
)})`;

const StoredVersion = z.object({
  validFrom: z.string(),
  definition: z.custom<ScheduleDefinition>().nullable(),
});
const StoredPause = z.object({
  pausedAt: z.string(),
  resumedAt: z.string().nullable(),
  pausedBy: z.string(),
  reason: z.string(),
  byPerson: z.boolean(),
});
const StoredWatch = z.object({
  explainedTo: z.string(),
  serverCreatedAt: z.string().nullable(),
  missed: z.int(),
  skipped: z.int(),
});
const StoredTick = z.object({
  scheduleId: z.string(),
  plannedAt: z.string(),
  origin: z.enum(['planned', 'triggered']),
  outcome: z.enum(OUTCOMES),
  lateMs: z.coerce.number().nullable(),
  workflowId: z.string().nullable(),
  because: z.string().nullable(),
  becauseRun: z.string().nullable(),
  runId: z.string().nullable(),
  begunAt: z.string().nullable(),
  notedAt: z.string(),
  publishedAt: z.string().nullable(),
});

/** Definitions, pauses and history of schedules in PostgreSQL. */
class PostgresScheduleStore implements ScheduleStore {
  constructor(private readonly database: Database) {}

  async ids(): Promise<string[]> {
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(z.object({ schedule_id: z.string() }))`
        SELECT DISTINCT schedule_id FROM schedule_versions ORDER BY schedule_id`),
    );
    return rows.map(({ schedule_id: id }) => id);
  }

  async versions(scheduleId: string): Promise<ScheduleVersion[]> {
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(StoredVersion)`
        SELECT valid_from AS "validFrom", definition FROM schedule_versions
        WHERE schedule_id = ${scheduleId} ORDER BY valid_from`),
    );
    return [...rows];
  }

  async pauses(scheduleId: string): Promise<PauseRow[]> {
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(StoredPause)`
        SELECT paused_at AS "pausedAt", resumed_at AS "resumedAt", paused_by AS "pausedBy", reason,
          by_person AS "byPerson"
        FROM schedule_pauses WHERE schedule_id = ${scheduleId} ORDER BY paused_at`),
    );
    return [...rows];
  }

  watch(scheduleId: string): Promise<Watch | null> {
    return this.database.plain((plain) =>
      plain.maybeOne(rowsOf(StoredWatch)`
        SELECT explained_to AS "explainedTo", server_created_at AS "serverCreatedAt", missed, skipped
        FROM schedule_watch WHERE schedule_id = ${scheduleId}`),
    );
  }

  async ticks(scheduleId: string, fromIso: string): Promise<TickRow[]> {
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(StoredTick)`
        SELECT t.schedule_id AS "scheduleId", t.planned_at AS "plannedAt", t.origin, t.outcome,
          t.late_ms AS "lateMs", t.workflow_id AS "workflowId", t.because,
          t.because_run AS "becauseRun", t.run_id AS "runId", t.begun_at AS "begunAt",
          t.noted_at AS "notedAt", p.published_at AS "publishedAt"
        FROM schedule_ticks t
          LEFT JOIN runs r ON r.run_id = t.run_id
          LEFT JOIN publications p ON p.publication_sha256 = r.publication_sha256
        WHERE t.schedule_id = ${scheduleId} AND t.planned_at >= ${fromIso}::timestamptz
        ORDER BY t.planned_at`),
    );
    return [...rows];
  }

  async oldestOpen(scheduleId: string): Promise<string | null> {
    const { oldest } = await this.database.plain((plain) =>
      plain.one(rowsOf(z.object({ oldest: z.string().nullable() }))`
        SELECT min(planned_at) AS oldest FROM schedule_ticks
        WHERE schedule_id = ${scheduleId} AND outcome IN ${OPEN}`),
    );
    return oldest;
  }

  async change(change: ScheduleChange, onServer: () => Promise<void>): Promise<void> {
    await this.database.plain((plain) =>
      plain.transaction(async (transaction) => {
        // One change of a schedule at a time.
        await transaction.query(statement`
          SELECT pg_advisory_xact_lock(hashtext(${`ncfd_schedule ${change.scheduleId}`}))`);
        if (change.action === 'pause') await pause(transaction, change);
        await onServer();
        // What begins on the server is noted after it, what ends there before it: a planned time
        // in between is one that was started.
        if (change.action === 'apply') await apply(transaction, change);
        if (change.action === 'delete') await insertVersion(transaction, change);
        if (change.action === 'resume' || change.action === 'delete') {
          await endPause(transaction, change);
        }
        // Last, because the chain of records is locked from here on.
        await audit(transaction, change);
      }),
    );
  }

  async notePause(scheduleId: string, row: PauseRow): Promise<void> {
    await this.database.plain((plain) =>
      plain.query(statement`
        INSERT INTO schedule_pauses (schedule_id, paused_at, paused_by, reason, by_person)
        VALUES (${scheduleId}, ${row.pausedAt}::timestamptz, ${row.pausedBy}, ${row.reason},
          ${row.byPerson})
        ON CONFLICT DO NOTHING`),
    );
  }

  async noteResume(scheduleId: string, resumedAt: string, by: string): Promise<void> {
    await this.database.plain((plain) =>
      plain.query(statement`
        UPDATE schedule_pauses
        SET resumed_at = greatest(paused_at, ${resumedAt}::timestamptz), resumed_by = ${by}
        WHERE schedule_id = ${scheduleId} AND resumed_at IS NULL`),
    );
  }

  async explained(scheduleId: string, ticks: readonly Tick[], watch: Watch): Promise<void> {
    await this.database.plain((plain) =>
      plain.transaction(async (transaction) => {
        for (const tick of ticks) await insertTick(transaction, scheduleId, tick);
        await transaction.query(statement`
          INSERT INTO schedule_watch (schedule_id, explained_to, server_created_at, missed, skipped)
          VALUES (${scheduleId}, ${watch.explainedTo}::timestamptz,
            ${watch.serverCreatedAt}::timestamptz, ${watch.missed}, ${watch.skipped})
          ON CONFLICT (schedule_id) DO UPDATE SET
            explained_to = greatest(schedule_watch.explained_to, excluded.explained_to),
            server_created_at = excluded.server_created_at,
            missed = excluded.missed, skipped = excluded.skipped`);
      }),
    );
  }

  async noteTick(note: TickNote): Promise<void> {
    await this.database.plain((plain) =>
      plain.query(statement`
        INSERT INTO schedule_ticks (schedule_id, planned_at, origin, outcome, late_ms, run_id,
          workflow_id, because, begun_at)
        VALUES (${note.scheduleId}, ${note.plannedAt}::timestamptz, ${note.origin}, ${note.outcome},
          ${note.lateMs}, ${note.runId}, ${note.workflowId}, ${note.because},
          ${note.begunAt}::timestamptz)
        ON CONFLICT (schedule_id, planned_at) DO UPDATE SET
          outcome = excluded.outcome, late_ms = excluded.late_ms, run_id = excluded.run_id,
          workflow_id = excluded.workflow_id, because = excluded.because,
          begun_at = excluded.begun_at, noted_at = excluded.noted_at
        WHERE schedule_ticks.outcome IN ${OPEN}`),
    );
  }

  async countTicks(): Promise<{ scheduleId: string; outcome: Outcome; count: number }[]> {
    const Counted = z.object({
      scheduleId: z.string(),
      outcome: z.enum(OUTCOMES),
      count: z.coerce.number(),
    });
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(Counted)`
        SELECT schedule_id AS "scheduleId", outcome, count(*) AS count FROM schedule_ticks
        GROUP BY schedule_id, outcome ORDER BY schedule_id, outcome`),
    );
    return [...rows];
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

type Transaction = Statements;

async function audit(transaction: Transaction, change: ScheduleChange): Promise<void> {
  const { scheduleId, action, actor, reason, definition } = change;
  await transaction.query(statement`
    INSERT INTO audit_log (actor, action, subject, reason, detail)
    VALUES (${actor}, ${`schedule-${action}`}, ${scheduleId}, ${reason},
      ${jsonb(definition === undefined ? undefined : { definition })})`);
}

async function apply(transaction: Transaction, change: ScheduleChange): Promise<void> {
  await insertVersion(transaction, change);
  if (change.startsPaused !== true) return;
  await transaction.query(statement`
    INSERT INTO schedule_pauses (schedule_id, paused_at, paused_by, reason, by_person)
    VALUES (${change.scheduleId}, clock_timestamp(), ${change.actor}, ${change.reason}, true)
    ON CONFLICT DO NOTHING`);
}

async function insertVersion(transaction: Transaction, change: ScheduleChange): Promise<void> {
  await transaction.query(statement`
    INSERT INTO schedule_versions (schedule_id, definition, actor, reason)
    VALUES (${change.scheduleId}, ${jsonb(change.definition)}, ${change.actor}, ${change.reason})`);
}

/** A pause that is there already, such as the server's own after a failure, becomes a person's. */
async function pause(transaction: Transaction, change: ScheduleChange): Promise<void> {
  await endPause(transaction, change);
  await transaction.query(statement`
    INSERT INTO schedule_pauses (schedule_id, paused_at, paused_by, reason, by_person)
    VALUES (${change.scheduleId}, clock_timestamp(), ${change.actor}, ${change.reason}, true)`);
}

async function endPause(transaction: Transaction, change: ScheduleChange): Promise<void> {
  await transaction.query(statement`
    UPDATE schedule_pauses SET resumed_at = clock_timestamp(), resumed_by = ${change.actor},
      resume_reason = ${change.reason}
    WHERE schedule_id = ${change.scheduleId} AND resumed_at IS NULL`);
}

async function insertTick(transaction: Transaction, scheduleId: string, tick: Tick): Promise<void> {
  await transaction.query(statement`
    INSERT INTO schedule_ticks (schedule_id, planned_at, origin, outcome, late_ms, workflow_id,
      because, because_run)
    VALUES (${scheduleId}, ${formatInstant(tick.plannedMs)}::timestamptz, ${tick.origin},
      ${tick.outcome}, ${tick.lateMs}, ${tick.workflowId}, ${tick.because}, ${tick.becauseRun})
    ON CONFLICT (schedule_id, planned_at) DO UPDATE SET
      outcome = excluded.outcome, late_ms = excluded.late_ms,
      workflow_id = coalesce(excluded.workflow_id, schedule_ticks.workflow_id),
      because = excluded.because, because_run = excluded.because_run,
      noted_at = excluded.noted_at
    WHERE schedule_ticks.outcome IN ${OPEN}`);
}
