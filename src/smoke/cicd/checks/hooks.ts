import { parseDocument } from 'yaml';
import { z } from 'zod/v4';
import { count, type CicdCheck } from '../check';
import { npmScripts, reached, scriptsOfWorkflows } from '../npm-scripts';
import { firstLine, npmScriptsIn } from '../workflow';

const FILE = 'lefthook.yml';
const Hook = z.looseObject({
  jobs: z.array(z.looseObject({ name: z.string(), run: z.string(), skip: z.unknown().optional() })),
});
const Hooks = z.looseObject({ 'pre-commit': Hook.optional(), 'commit-msg': Hook.optional() });
type Hooks = z.infer<typeof Hooks>;

/** The npm script of each hook. */
const NEEDED = {
  'pre-commit': [
    'check:format',
    'check:lint',
    'check:types',
    'check:layers',
    'check:secrets',
    'check:files',
    'check:shell',
    'check:docker',
    'check:sql',
    'check:actions',
  ],
  'commit-msg': ['check:message'],
} as const;

/** Do the hooks refuse what CI refuses, by the same commands? */
export const hooks: CicdCheck = {
  id: 'hooks',
  title: 'hooks run what CI runs',
  look: ({ files }) => {
    const text = files.get(FILE);
    if (text === undefined) return { seen: '', problems: [`${FILE} is missing`] };
    const document = parseDocument(text);
    const [error] = document.errors;
    if (error !== undefined) {
      return { seen: '', problems: [`${FILE} is no YAML: ${firstLine(error.message)}`] };
    }
    const { success, data } = Hooks.safeParse(document.toJS());
    if (!success) return { seen: '', problems: [`${FILE} has hooks that lefthook does not know`] };
    const scripts = npmScripts(files);
    const inCi = reached(
      scripts,
      scriptsOfWorkflows(files).map(({ script }) => script),
    );
    return {
      seen: count(NEEDED['pre-commit'].length + 1, 'hook'),
      problems: [...missing(data), ...foreign(data, scripts, inCi)],
    };
  },
};

function missing(data: Hooks): string[] {
  return (['pre-commit', 'commit-msg'] as const).flatMap((hook) => {
    const ran = data[hook]?.jobs.flatMap(({ run }) => npmScriptsIn(run)) ?? [];
    return NEEDED[hook]
      .filter((script) => !ran.includes(script))
      .map((script) => `${FILE}: ${hook} does not run npm run ${script}`);
  });
}

/** Hooks of their own making, or that CI would not confirm. */
function foreign(
  data: Hooks,
  scripts: Readonly<Record<string, string>>,
  inCi: ReadonlySet<string>,
): string[] {
  return (['pre-commit', 'commit-msg'] as const)
    .flatMap((hook) => data[hook]?.jobs ?? [])
    .flatMap(({ name, run, skip }) => {
      const [script] = npmScriptsIn(run);
      if (script === undefined) return [`${FILE}: ${name} runs no npm script: ${run}`];
      if (!(script in scripts)) return [`${FILE}: ${name} runs ${script}, which does not exist`];
      if (skip === true) return [`${FILE}: ${name} is skipped`];
      return inCi.has(script) ? [] : [`${FILE}: ${name} runs ${script}, which no workflow runs`];
    });
}
