import { withProbe, type QueueLook } from '../../client/probe';
import { required, type Settings } from '../../config/settings';
import { withDatabaseProbe, type WaitingRuns } from '../../stores/postgres/probe';
import { duration, ok, type HealthCheck, type HealthLook } from './look';

/** The server answers and knows our namespace. */
export function temporalCheck({ settings }: HealthLook): HealthCheck {
  return {
    id: 'temporal',
    title: 'Temporal',
    ...targetOf(settings),
    run: async (signal) => {
      const { serverVersion, namespace } = await withProbe(settings, signal, (probe) =>
        probe.server(),
      );
      return ok(`Temporal ${serverVersion}, namespace ${namespace}`, { serverVersion, namespace });
    },
  };
}

/** Somebody takes both kinds of task; of a given build, where `buildId` is. */
export function pollersCheck({ settings }: HealthLook, buildId?: string): HealthCheck {
  return {
    id: 'pollers',
    title: 'workers on the task queue',
    ...targetOf(settings),
    run: async (signal) => {
      const look = await withProbe(settings, signal, (probe) => probe.queue(buildId));
      const { workflowPollers, activityPollers } = look;
      const detail = { ...look };
      const build = buildId === undefined ? '' : ` of build ${buildId}`;
      const asking = `${workflowPollers} for workflows, ${activityPollers} for activities`;
      if (Math.min(workflowPollers, activityPollers) > 0) {
        return ok(`workers${build} ask for work on ${settings.taskQueue}: ${asking}`, detail);
      }
      return {
        status: 'failed',
        reason: `no worker${build} takes tasks from ${settings.taskQueue} (${asking})`,
        hint: 'Start one with `ncfd worker`; see the log of those that should be there.',
        detail,
      };
    },
  };
}

/** Nothing waits for long: neither tasks on the queue nor runs that were asked for. */
export function backlogCheck({ settings, health }: HealthLook): HealthCheck {
  return {
    id: 'backlog',
    title: 'tasks and runs that wait',
    ...targetOf(settings),
    run: async (signal) => {
      const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
      const [queue, runs] = await Promise.all([
        withProbe(settings, signal, (probe) => probe.queue()),
        withDatabaseProbe(url, signal, (probe) => probe.waitingRuns()),
      ]);
      return backlogOutcome(queue, runs, health.backlogSeconds);
    },
  };
}

function backlogOutcome(queue: QueueLook, runs: WaitingRuns, limit: number) {
  const { backlog, backlogAgeSeconds } = queue;
  const { waiting, running, oldestSeconds } = runs;
  const detail = { tasks: backlog, taskSeconds: backlogAgeSeconds, ...runs, limitSeconds: limit };
  const late = [
    ...(backlogAgeSeconds > limit
      ? [`a task waits for ${duration(backlogAgeSeconds)} (${backlog} in all)`]
      : []),
    ...(oldestSeconds > limit
      ? [`a run waits for ${duration(oldestSeconds)} (${waiting} in all)`]
      : []),
  ];
  if (late.length === 0) {
    return ok(`${backlog} tasks and ${waiting} runs wait, ${running} runs are at work`, detail);
  }
  return {
    status: 'degraded' as const,
    reason: late.join('; '),
    hint: 'Add workers, or see what those at work are held by: `ncfd run list`.',
    detail,
  };
}

const targetOf = ({ temporalAddress }: Settings): { target?: string } =>
  temporalAddress === null ? {} : { target: temporalAddress };
