import type { CicdCheck } from '../check';
import { jobsOf, npmScriptsIn, parseWorkflows, type Workflow } from '../workflow';

interface Need {
  readonly what: string;
  readonly on: (workflow: Workflow) => boolean;
  /** The npm scripts of which a job of it must run one. */
  readonly scripts: readonly string[];
}

const onTags = ({ on }: Workflow) =>
  typeof on['push'] === 'object' && on['push'] !== null && 'tags' in on['push'];

const NEEDS: readonly Need[] = [
  {
    what: 'replays recorded histories on every pull request',
    on: ({ on }) => 'pull_request' in on,
    scripts: ['check:replay'],
  },
  { what: 'runs chaos tests at night', on: ({ on }) => 'schedule' in on, scripts: ['test:chaos'] },
  { what: 'runs the bench at night', on: ({ on }) => 'schedule' in on, scripts: ['bench'] },
  { what: 'releases a tag with its changelog', on: onTags, scripts: ['release:notes'] },
];

/** Does what must run by itself run: on each pull request, at night, on a tag? */
export const triggers: CicdCheck = {
  id: 'triggers',
  title: 'gates run by themselves',
  look: ({ files }) => {
    const { workflows } = parseWorkflows(files);
    const problems = NEEDS.filter(({ on, scripts }) => {
      const ran = jobsOf(workflows.filter(on))
        .filter(({ job }) => job.if === undefined)
        .flatMap(({ job }) => job.steps)
        .flatMap((step) => npmScriptsIn(step.run ?? ''));
      return !scripts.some((script) => ran.includes(script));
    }).map(({ what, scripts }) => `no workflow ${what}: npm run ${scripts.join(' or ')}`);
    const trusting = workflows
      .filter(({ on }) => 'pull_request_target' in on)
      .map(({ file }) => `${file} runs with our rights on code of others: pull_request_target`);
    return { seen: 'replay gate, nightly, release', problems: [...problems, ...trusting] };
  },
};
