import {
  ScheduleNotFoundError,
  type Client,
  type ScheduleHandle,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import {
  SCHEDULE_PREFIX,
  scheduleIdOnServer,
  type ScheduleDefinition,
} from '../contracts/schedule';
import { NcfdError } from '../contracts/errors';
import type { JsonObject } from '../domain/json';
import type { StartedRun } from '../domain/schedules/explain';
import type { ScheduleServer, ServerSchedule } from '../ports/schedule-server';
import { temporalError } from './errors';
import { fieldsOfDefinition, fieldsOfServer, serverForm } from './schedule-form';

/** Marks schedules as ours; another tool may use the same namespace, even the same prefix. */
const MEMO = { ncfd: 'schedule' } as const;

/** Our schedules on a Temporal server. */
export class TemporalSchedules implements ScheduleServer {
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    private readonly address: string,
  ) {}

  ids(): Promise<string[]> {
    return this.mapped(async () => {
      const ids: string[] = [];
      for await (const { scheduleId, memo } of this.client.schedule.list()) {
        if (scheduleId.startsWith(SCHEDULE_PREFIX) && memo?.ncfd === MEMO.ncfd) {
          ids.push(scheduleId.slice(SCHEDULE_PREFIX.length));
        }
      }
      return ids.sort();
    });
  }

  describe(id: string): Promise<ServerSchedule | null> {
    return this.mapped(async () => {
      const found = await this.handle(id)
        .describe()
        .catch((error: unknown) => {
          if (error instanceof ScheduleNotFoundError) return null;
          throw error;
        });
      if (found === null) return null;
      const { info, state } = found;
      return {
        id,
        fields: fieldsOfServer(found),
        paused: state.paused,
        note: state.note ?? '',
        createdMs: info.createdAt.getTime(),
        nextMs: info.nextActionTimes[0]?.getTime() ?? null,
        missed: info.numActionsMissedCatchupWindow,
        skipped: info.numActionsSkippedOverlap,
      };
    });
  }

  fieldsOf(definition: ScheduleDefinition): JsonObject {
    return fieldsOfDefinition(definition, this.taskQueue);
  }

  startsSince(id: string, sinceMs: number): Promise<StartedRun[]> {
    const since = new Date(sinceMs).toISOString();
    const query = `TemporalScheduledById = '${scheduleIdOnServer(id)}' AND
      (TemporalScheduledStartTime >= '${since}' OR CloseTime >= '${since}' OR
       ExecutionStatus = 'Running')`.replaceAll(/\s+/g, ' ');
    return this.mapped(async () => {
      const starts: StartedRun[] = [];
      for await (const info of this.client.workflow.list({ query })) starts.push(startOf(info));
      return starts.sort((a, b) => a.plannedMs - b.plannedMs);
    });
  }

  create(definition: ScheduleDefinition, note: string): Promise<void> {
    return this.mapped(async () => {
      await this.client.schedule.create({
        ...serverForm(definition, this.taskQueue),
        scheduleId: scheduleIdOnServer(definition.id),
        memo: MEMO,
        state: { paused: definition.initially === 'paused', note },
      });
    });
  }

  update(definition: ScheduleDefinition): Promise<void> {
    return this.mapped(() =>
      this.handle(definition.id).update(({ state }) => ({
        ...serverForm(definition, this.taskQueue),
        state,
      })),
    );
  }

  pause(id: string, note: string): Promise<void> {
    return this.mapped(() => this.handle(id).pause(note));
  }

  resume(id: string, note: string): Promise<void> {
    return this.mapped(() => this.handle(id).unpause(note));
  }

  trigger(id: string): Promise<void> {
    return this.mapped(() => this.handle(id).trigger());
  }

  delete(id: string): Promise<void> {
    return this.mapped(() => this.handle(id).delete());
  }

  private handle(id: string): ScheduleHandle {
    return this.client.schedule.getHandle(scheduleIdOnServer(id));
  }

  private async mapped<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) {
        const id = error.scheduleId.slice(SCHEDULE_PREFIX.length);
        throw new NcfdError('ScheduleNotFound', `the server has no schedule ${id}`, {
          hint: '`ncfd schedule diff` shows what is missing, `ncfd schedule apply` makes it.',
          cause: error,
        });
      }
      throw temporalError(error, this.address);
    }
  }
}

function startOf({ workflowId, startTime, closeTime, status }: WorkflowExecutionInfo): StartedRun {
  return {
    workflowId,
    plannedMs: plannedOf(workflowId, startTime),
    startedMs: startTime.getTime(),
    closedMs: closeTime?.getTime() ?? null,
    endedWell: status.name === 'RUNNING' ? null : status.name === 'COMPLETED',
  };
}

/** The id ends in the planned time: `<id>-2026-11-24T05:30:00Z`. */
function plannedOf(workflowId: string, startTime: Date): number {
  const match = /-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/.exec(workflowId);
  return match?.[1] === undefined ? startTime.getTime() : Date.parse(match[1]);
}
