import { parseDocument } from 'yaml';
import { z } from 'zod/v4';
import { count, type CicdCheck, type CicdContext } from '../check';
import { filesLike } from '../repository-files';
import { firstLine } from '../workflow';

const Rule = z.looseObject({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.union([z.string().min(1), z.number()]),
  for: z.string().optional(),
  labels: z.record(z.string(), z.unknown()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});
const Rules = z.looseObject({
  groups: z.array(z.looseObject({ name: z.string(), rules: z.array(Rule).min(1) })).min(1),
});
const Prometheus = z.looseObject({
  rule_files: z.array(z.string()).default([]),
  scrape_configs: z
    .array(
      z.looseObject({
        job_name: z.string().min(1),
        file_sd_configs: z.array(z.looseObject({ files: z.array(z.string()) })).default([]),
      }),
    )
    .min(1),
});
const Dashboard = z.looseObject({
  title: z.string().min(1),
  uid: z.string().min(1),
  panels: z.array(z.looseObject({ title: z.string().optional(), type: z.string() })).min(1),
});
type Rule = z.infer<typeof Rule>;

/** Can alarms, dashboards and what is watched be read, and does each alarm name what to do? */
export const monitoring: CicdCheck = {
  id: 'monitoring',
  title: 'monitoring files are whole',
  look: ({ files }) => {
    const rules = filesLike(files, /^deploy\/prometheus\/.*(?:rules|alerts)[\w.-]*\.ya?ml$/);
    const dashboards = filesLike(files, /^deploy\/grafana\/.*\.json$/);
    const configs = filesLike(files, /^deploy\/prometheus\/prometheus[\w.-]*\.ya?ml$/);
    if (rules.length + dashboards.length + configs.length === 0) return null;
    const problems = [
      ...configs.flatMap(([file, text]) =>
        problemsOfConfig(text, files).map((one) => `${file}${one}`),
      ),
      ...rules.flatMap(([file, text]) =>
        problemsOfRules(text, files).map((one) => `${file}${one}`),
      ),
      ...dashboards.flatMap(([file, text]) =>
        problemsOfDashboard(text).map((one) => `${file}${one}`),
      ),
    ];
    const seen = [
      count(configs.length, 'configuration'),
      count(rules.length, 'rule file'),
      count(dashboards.length, 'dashboard'),
    ].join(', ');
    return { seen, problems };
  },
};

/** Every file that it names must be there: one that is not is passed over without a word. */
function problemsOfConfig(text: string, files: CicdContext['files']): string[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) return [` is no YAML: ${firstLine(error.message)}`];
  const { success, data, error: issues } = Prometheus.safeParse(document.toJS());
  if (!success) {
    const [issue] = issues.issues;
    return [` watches nothing: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`];
  }
  const named = data.scrape_configs.flatMap(({ file_sd_configs: lists }) =>
    lists.flatMap((list) => list.files),
  );
  return named
    .filter((name) => !files.has(`deploy/prometheus/${name}`))
    .map((name) => ` names a file that is missing: ${name}`);
}

function problemsOfRules(text: string, files: CicdContext['files']): string[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) return [` is no YAML: ${firstLine(error.message)}`];
  const { success, data, error: issues } = Rules.safeParse(document.toJS());
  if (!success) {
    const [issue] = issues.issues;
    return [` has no rules: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`];
  }
  return data.groups.flatMap(({ rules }) => rules.flatMap((rule) => problemsOfRule(rule, files)));
}

function problemsOfRule(rule: Rule, files: CicdContext['files']): string[] {
  if (rule.alert === undefined)
    return rule.record === undefined ? [' has a rule without a name'] : [];
  const runbook = rule.annotations['runbook'] ?? rule.annotations['runbook_url'] ?? '';
  const page = /(deploy\/[\w./-]+\.md)/.exec(runbook)?.[1];
  return [
    typeof rule.labels['severity'] === 'string' ? null : 'has no severity',
    typeof rule.annotations['summary'] === 'string' ? null : 'does not say what is wrong',
    runbook === '' ? 'names no runbook' : null,
    page !== undefined && !files.has(page) ? `names a runbook that is missing: ${page}` : null,
  ]
    .filter((problem) => problem !== null)
    .map((problem) => `: alert ${rule.alert ?? ''} ${problem}`);
}

function problemsOfDashboard(text: string): string[] {
  try {
    const { success, error } = Dashboard.safeParse(JSON.parse(text));
    if (success) return [];
    const [issue] = error.issues;
    return [` is no dashboard: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`];
  } catch {
    return [' is no JSON'];
  }
}
