import type { CicdCheck } from '../check';
import { environmentOf, parseWorkflows, waitsFor, type Workflow } from '../workflow';

const FILE = '.github/workflows/ci.yml';

/** Each stage waits for all jobs of the one before. */
const STAGES: readonly (readonly string[])[] = [
  ['quality'],
  ['unit'],
  ['integration'],
  ['security', 'container-scan', 'codeql'],
  ['build'],
  ['staging'],
  ['smoke'],
  ['production'],
];
/** Where a stage deploys to: the environment holds its secrets and asks for its approval. */
const ENVIRONMENTS: Readonly<Record<string, string>> = {
  staging: 'staging',
  production: 'production',
};

/** Do the stages of a change follow each other, up to production with an approval? */
export const stages: CicdCheck = {
  id: 'stages',
  title: 'stages follow each other',
  look: ({ files }) => {
    const ci = parseWorkflows(files).workflows.find(({ file }) => file === FILE);
    if (ci === undefined) return { seen: '', problems: [`${FILE} is missing or cannot be read`] };
    return {
      seen: STAGES.map(([first]) => first).join(' → '),
      problems: [...missing(ci), ...disorder(ci), ...environments(ci), ...heedless(ci)],
    };
  },
};

function missing(ci: Workflow): string[] {
  return STAGES.flat()
    .filter((id) => !(id in ci.jobs))
    .map((id) => `${FILE} has no job ${id}`);
}

function disorder(ci: Workflow): string[] {
  return STAGES.slice(1).flatMap((stage, index) =>
    stage
      .filter((id) => id in ci.jobs)
      .flatMap((id) => {
        const before = waitsFor(ci, id);
        const needed = (STAGES[index] ?? []).filter((one) => !before.has(one));
        return needed.map((one) => `${FILE}: job ${id} does not wait for ${one}`);
      }),
  );
}

function environments(ci: Workflow): string[] {
  return Object.entries(ENVIRONMENTS).flatMap(([id, environment]) => {
    const job = ci.jobs[id];
    if (job === undefined || environmentOf(job) === environment) return [];
    return [`${FILE}: job ${id} is not of the environment ${environment}, so nobody approves it`];
  });
}

/** `always()` and its like start a job although one before it failed. */
function heedless(ci: Workflow): string[] {
  return Object.entries(ci.jobs)
    .filter(([, job]) => /\b(?:always|failure|cancelled)\(\)/.test(String(job.if ?? '')))
    .map(([id]) => `${FILE}: job ${id} starts although a job before it failed`);
}
