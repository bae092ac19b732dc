import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const ROOT = path.resolve(__dirname, '../..');
export const RULES = path.join(ROOT, 'deploy/prometheus/rules');
const DASHBOARDS = path.join(ROOT, 'deploy/grafana/dashboards');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

const filesOf = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith(ending));

/** Every alert that is shipped. */
export function alerts(): readonly Alert[] {
  return filesOf(RULES, '.yml').flatMap((name) => {
    const { groups } = parse(readFileSync(path.join(RULES, name), 'utf8')) as {
      groups: readonly { rules: readonly Alert[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  });
}

/** A query of a panel, and where it stands. */
export interface PanelQuery {
  readonly at: string;
  readonly expr: string;
}

/** Every query of every panel of every dashboard. */
export function panelQueries(): readonly PanelQuery[] {
  return filesOf(DASHBOARDS, '.json').flatMap((name) => {
    const { panels } = JSON.parse(readFileSync(path.join(DASHBOARDS, name), 'utf8')) as {
      panels: readonly { title: string; targets: readonly { expr: string }[] }[];
    };
    return panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ at: `${name}: ${title}`, expr })),
    );
  });
}
