import { count, type CicdCheck } from '../check';
import { jobsOf, parseWorkflows, type WorkflowPermissions } from '../workflow';

/** Rights to write that a job may have, by its id; all others read at most. */
const MAY_WRITE: Readonly<Record<string, readonly string[]>> = {
  codeql: ['security-events'],
  build: ['packages', 'id-token', 'attestations'],
  release: ['contents', 'id-token', 'attestations'],
};

/** Has every job the rights that it needs and no more? */
export const permissions: CicdCheck = {
  id: 'permissions',
  title: 'jobs have least permissions',
  look: ({ files }) => {
    const { workflows } = parseWorkflows(files);
    const jobs = jobsOf(workflows);
    const wide = workflows.flatMap(({ file, permissions: given }) => {
      if (given === undefined)
        return [`${file} has no permissions: its jobs get those of the host`];
      const writes = written(given);
      return writes.length > 0 ? [`${file} lets every job write: ${writes.join(', ')}`] : [];
    });
    const perJob = jobs.flatMap(({ at, id, job }) => {
      if (job.permissions === undefined) return [`${at} does not say its permissions`];
      const excess = written(job.permissions).filter((one) => !MAY_WRITE[id]?.includes(one));
      return excess.length > 0 ? [`${at} may write more than it needs: ${excess.join(', ')}`] : [];
    });
    const kept = jobs.flatMap(({ at, job }) =>
      job.steps
        .filter(({ uses }) => uses?.startsWith('actions/checkout@'))
        .filter((step) => step.with?.['persist-credentials'] !== false)
        .map(() => `${at} leaves its token in the checkout: persist-credentials is not false`),
    );
    return { seen: count(jobs.length, 'job'), problems: [...wide, ...perJob, ...kept] };
  },
};

/** What may be written; `write-all` and the like are all of it. */
function written(given: WorkflowPermissions): string[] {
  if (typeof given === 'string') return given === 'read-all' ? [] : [given];
  return Object.entries(given ?? {})
    .filter(([, right]) => right !== 'read' && right !== 'none')
    .map(([scope]) => scope);
}
