import { count, type CicdCheck } from '../check';
import { npmScripts, scriptsOfWorkflows } from '../npm-scripts';
import { npmScriptsIn } from '../workflow';

const GATE = '.ci/run';
/** What the gate in one command must run. */
const OF_GATE = ['check', 'test'];

/** Do workflows and the gate run npm scripts that exist? */
export const commands: CicdCheck = {
  id: 'commands',
  title: 'CI runs what a person runs',
  look: ({ files, bashProblem }) => {
    const scripts = npmScripts(files);
    const used = scriptsOfWorkflows(files);
    const unknown = used
      .filter(({ script }) => !(script in scripts))
      .map(({ at, script }) => `${at} runs npm run ${script}, which package.json does not have`);
    return {
      seen: `${count(new Set(used.map(({ script }) => script)).size, 'npm script')} and ${GATE}`,
      problems: [...unknown, ...gate(files.get(GATE), bashProblem)],
    };
  },
};

function gate(
  text: string | undefined,
  bashProblem: (file: string, text: string) => string | null,
): string[] {
  if (text === undefined) return [`${GATE} is missing`];
  const broken = bashProblem(GATE, text);
  if (broken !== null) return [`${GATE} is no shell script: ${broken}`];
  const strict = /^set -\w*e\w*u\w*o pipefail$/m.test(text);
  const ran = npmScriptsIn(text);
  return [
    ...(strict ? [] : [`${GATE} goes on after a failure: it has no set -euo pipefail`]),
    ...OF_GATE.filter((script) => !ran.includes(script)).map(
      (script) => `${GATE} does not run npm run ${script}`,
    ),
  ];
}
