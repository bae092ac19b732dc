import { parseDocument } from 'yaml';
import { z } from 'zod/v4';
import { filesLike, type RepositoryFiles } from './repository-files';

const texts = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Permissions = z.union([z.string(), z.record(z.string(), z.string()).nullable()]);
const Values = z.record(z.string(), z.unknown());

const Step = z.looseObject({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: Values.optional(),
  env: Values.optional(),
});

const Job = z.looseObject({
  name: z.string().optional(),
  needs: texts.default([]),
  if: z.union([z.string(), z.boolean()]).optional(),
  permissions: Permissions.optional(),
  'timeout-minutes': z.number().optional(),
  environment: z.union([z.string(), z.looseObject({ name: z.string() })]).optional(),
  concurrency: z.unknown().optional(),
  env: Values.optional(),
  steps: z.array(Step).default([]),
});

const WorkflowFile = z.looseObject({
  name: z.string(),
  on: z.union([
    z.string().transform((event): Record<string, unknown> => ({ [event]: null })),
    z
      .array(z.string())
      .transform((events): Record<string, unknown> =>
        Object.fromEntries(events.map((event) => [event, null])),
      ),
    Values,
  ]),
  permissions: Permissions.optional(),
  concurrency: z.unknown().optional(),
  env: Values.optional(),
  jobs: z.record(z.string(), Job),
});

export type WorkflowJob = z.infer<typeof Job>;
export type WorkflowPermissions = z.infer<typeof Permissions> | undefined;

/** A workflow file as far as the checks read it. */
export interface Workflow extends z.infer<typeof WorkflowFile> {
  readonly file: string;
  readonly text: string;
}

export interface ParsedWorkflows {
  readonly workflows: readonly Workflow[];
  /** What could not be read. */
  readonly problems: readonly string[];
}

/** Most checks ask for the same workflows. */
const CACHE = new WeakMap<RepositoryFiles, ParsedWorkflows>();

export function parseWorkflows(files: RepositoryFiles): ParsedWorkflows {
  const known = CACHE.get(files);
  if (known !== undefined) return known;
  const fresh = parseAll(files);
  CACHE.set(files, fresh);
  return fresh;
}

function parseAll(files: RepositoryFiles): ParsedWorkflows {
  const parsed = filesLike(files, /^\.github\/workflows\/[^/]+\.ya?ml$/).map(parseWorkflow);
  return {
    workflows: parsed.filter((one) => typeof one !== 'string'),
    problems: parsed.filter((one) => typeof one === 'string'),
  };
}

function parseWorkflow([file, text]: [string, string]): Workflow | string {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) return `${file} is no YAML: ${firstLine(error.message)}`;
  const { success, data, error: issues } = WorkflowFile.safeParse(document.toJS());
  if (success) return { ...data, file, text };
  const [issue] = issues.issues;
  return `${file} is no workflow: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
}

export function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

/** Every job of every workflow, with how to name it. */
export function jobsOf(workflows: readonly Workflow[]): {
  readonly at: string;
  readonly id: string;
  readonly job: WorkflowJob;
  readonly workflow: Workflow;
}[] {
  return workflows.flatMap((workflow) =>
    Object.entries(workflow.jobs).map(([id, job]) => ({
      at: `${workflow.file}: job ${id}`,
      id,
      job,
      workflow,
    })),
  );
}

export function environmentOf(job: WorkflowJob): string | null {
  if (job.environment === undefined) return null;
  return typeof job.environment === 'string' ? job.environment : job.environment.name;
}

/** Jobs that must have succeeded before this one starts, near and far. */
export function waitsFor(workflow: Workflow, id: string): ReadonlySet<string> {
  const all = new Set<string>();
  const queue = [...(workflow.jobs[id]?.needs ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    queue.push(...(workflow.jobs[next]?.needs ?? []));
  }
  return all;
}

/** Names of the npm scripts that a shell text runs. */
export function npmScriptsIn(shell: string): string[] {
  const named = [...shell.matchAll(/\bnpm run(?: --silent| -s)* ([\w:.-]+)/g)].map(
    ([, name]) => name ?? '',
  );
  return /\bnpm (?:test|t)\b/.test(shell) ? [...named, 'test'] : named;
}
