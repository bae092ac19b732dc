import { count, type CicdCheck } from '../check';
import { environmentOf, jobsOf, parseWorkflows } from '../workflow';

/** GitHub ends a job after six hours; a job of ours that needs more than two has gone astray. */
const MAX_MINUTES = 120;

/** Does every job end, and does none get in the way of another? */
export const limits: CicdCheck = {
  id: 'limits',
  title: 'jobs end and wait in line',
  look: ({ files }) => {
    const { workflows } = parseWorkflows(files);
    const jobs = jobsOf(workflows);
    const times = jobs.flatMap(({ at, job }) => {
      const minutes = job['timeout-minutes'];
      if (minutes === undefined) return [`${at} has no timeout-minutes`];
      return minutes > 0 && minutes <= MAX_MINUTES
        ? []
        : [`${at} may take ${minutes} minutes, more than ${MAX_MINUTES}`];
    });
    const groups = workflows
      .filter(({ concurrency }) => groupOf(concurrency) === null)
      .map(({ file }) => `${file} has no concurrency group`);
    // A smoke test only looks; what changes an environment waits for whoever changes it now.
    const deployments = jobs
      .filter(({ job }) => job.steps.some(({ run }) => /deploy\.sh\b/.test(run ?? '')))
      .flatMap(({ at, job }) => {
        if (environmentOf(job) === null) return [`${at} deploys to no environment`];
        if (groupOf(job.concurrency) === null) return [`${at} deploys without a concurrency group`];
        return cancels(job.concurrency)
          ? [`${at} can be cut off in the middle of a deployment`]
          : [];
      });
    return { seen: count(jobs.length, 'job'), problems: [...times, ...groups, ...deployments] };
  },
};

function groupOf(concurrency: unknown): string | null {
  if (typeof concurrency === 'string') return concurrency;
  if (typeof concurrency !== 'object' || concurrency === null) return null;
  return 'group' in concurrency && typeof concurrency.group === 'string' ? concurrency.group : null;
}

function cancels(concurrency: unknown): boolean {
  return (
    typeof concurrency === 'object' &&
    concurrency !== null &&
    'cancel-in-progress' in concurrency &&
    concurrency['cancel-in-progress'] !== false
  );
}
