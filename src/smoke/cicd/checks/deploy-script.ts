import { count, type CicdCheck } from '../check';
import { filesLike } from '../repository-files';

const FILE = 'deploy/deploy.sh';
/** What a deployment must do, in this order; it may do more in between. */
const ORDER = [
  'prerequisites',
  'backup',
  'migrate',
  'start',
  'probe',
  'gate',
  'ramp',
  'switch',
  'smoke',
] as const;
const STRICT = /^set -\w*e\w*u\w*o pipefail$/m;

/** Does the deployment script parse, stop at the first failure, and have all steps in order? */
export const deployScript: CicdCheck = {
  id: 'deploy-script',
  title: 'deployment script is whole',
  look: ({ files, bashProblem }) => {
    const scripts = filesLike(files, /^deploy\/.*\.sh$/);
    if (scripts.length === 0) return null;
    const broken = scripts.flatMap(([file, text]) => {
      const problem = bashProblem(file, text);
      return problem === null ? [] : [`${file} is no shell script: ${problem}`];
    });
    const main = files.get(FILE);
    const all = scripts.map(([, text]) => text).join('\n');
    const problems = main === undefined ? [`${FILE} is missing`] : problemsOf(main, all);
    const steps = count(stepsOf(main ?? '').length, 'step');
    return {
      seen: `${count(scripts.length, 'script')}, ${steps}`,
      problems: [...broken, ...problems],
    };
  },
};

function problemsOf(main: string, all: string): string[] {
  const steps = stepsOf(main);
  const undefinedSteps = steps.filter((step) => !new RegExp(`^step_${step}\\(\\)`, 'm').test(all));
  const signals = ['EXIT', 'INT', 'TERM'].filter(
    (signal) => !new RegExp(`^\\s*trap .*\\b${signal}\\b`, 'm').test(main),
  );
  return [
    ...(STRICT.test(main) ? [] : [`${FILE} goes on after a failure: it has no set -euo pipefail`]),
    ...signals.map((signal) => `${FILE} does not trap ${signal}, so nothing rolls back on it`),
    ...(/^roll_back\(\)/m.test(all) ? [] : [`${FILE} has no roll_back`]),
    ...undefinedSteps.map((step) => `${FILE} has a step ${step}, but no function step_${step}`),
    ...disorder(steps),
  ];
}

/** The words of `STEPS=(…)`. */
function stepsOf(main: string): string[] {
  const [, words = ''] = /\bSTEPS=\(([^)]*)\)/.exec(main) ?? [];
  return words.split(/\s+/).filter((word) => word !== '');
}

function disorder(steps: readonly string[]): string[] {
  const missing = ORDER.filter((step) => !steps.includes(step));
  if (missing.length > 0) return missing.map((step) => `${FILE} has no step ${step} in STEPS`);
  return ORDER.slice(1).flatMap((step, index) => {
    const before = ORDER[index] ?? step;
    const ordered = steps.indexOf(before) < steps.indexOf(step);
    return ordered ? [] : [`${FILE} does ${step} before ${before}`];
  });
}
