import { z } from 'zod/v4';
import type { RepositoryFiles } from './repository-files';
import { jobsOf, npmScriptsIn, parseWorkflows } from './workflow';

const Manifest = z.looseObject({ scripts: z.record(z.string(), z.string()).default({}) });

/** The npm scripts of package.json; none where it cannot be read. */
export function npmScripts(files: RepositoryFiles): Readonly<Record<string, string>> {
  try {
    return Manifest.parse(JSON.parse(files.get('package.json') ?? '')).scripts;
  } catch {
    return {};
  }
}

/** These scripts and all that they run in turn. */
export function reached(
  scripts: Readonly<Record<string, string>>,
  from: readonly string[],
): ReadonlySet<string> {
  const all = new Set<string>();
  const queue = [...from];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    queue.push(...npmScriptsIn(scripts[next] ?? ''));
  }
  return all;
}

/** Scripts that the steps of workflows name, with where. */
export function scriptsOfWorkflows(
  files: RepositoryFiles,
): { readonly at: string; readonly script: string }[] {
  return jobsOf(parseWorkflows(files).workflows).flatMap(({ at, job }) =>
    job.steps.flatMap(({ run }) => npmScriptsIn(run ?? '').map((script) => ({ at, script }))),
  );
}
