import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod/v4';
import { alerts, ROOT } from '../monitoring/rules';

const Matchers = z.array(z.string().regex(/^\w+=~?"[^"]+"$/)).min(1);
const secretFile = z.string().regex(/^\/run\/secrets\/\w+$/);
const span = z.string().regex(/^\d+[smh]$/);
const Times = { group_wait: span, group_interval: span, repeat_interval: span };

/** The parts of Alertmanager's configuration that ours uses; what else it holds is a mistake. */
const Configuration = z.strictObject({
  global: z.strictObject({ resolve_timeout: span }),
  route: z.strictObject({
    receiver: z.string(),
    group_by: z.array(z.string()),
    ...Times,
    routes: z.array(
      z.strictObject({
        receiver: z.string(),
        matchers: Matchers,
        ...z.object(Times).partial().shape,
      }),
    ),
  }),
  inhibit_rules: z.array(z.strictObject({ source_matchers: Matchers, target_matchers: Matchers })),
  receivers: z.array(
    z.union([
      z.strictObject({
        name: z.string(),
        webhook_configs: z
          .array(z.strictObject({ url_file: secretFile, send_resolved: z.boolean() }))
          .min(1),
      }),
      z.strictObject({
        name: z.string(),
        slack_configs: z
          .array(
            z.strictObject({
              api_url_file: secretFile,
              send_resolved: z.boolean(),
              title: z.string(),
              text: z.string(),
            }),
          )
          .min(1),
      }),
    ]),
  ),
});

const {
  route,
  receivers,
  inhibit_rules: inhibitions,
} = Configuration.parse(
  parse(readFileSync(path.join(ROOT, 'deploy/alertmanager/alertmanager.yml'), 'utf8')),
);

type Labels = Readonly<Record<string, string>>;

/** Alertmanager's own rule: all matchers must hold, and a pattern must cover the whole value. */
const fits = (matchers: readonly string[], labels: Labels): boolean =>
  matchers.every((matcher) => {
    const [, label = '', sign, value = ''] = /^(\w+)(=~?)"(.*)"$/.exec(matcher) ?? [];
    const given = labels[label] ?? '';
    return sign === '=' ? given === value : new RegExp(`^(?:${value})$`).test(given);
  });

const labelsOf = (): readonly Labels[] =>
  alerts().map(({ alert, labels: { severity } }) => ({ alertname: alert, severity }));

const receiverOf = (labels: Labels): string =>
  route.routes.find(({ matchers }) => fits(matchers, labels))?.receiver ?? route.receiver;

test('the alert that fires always goes to the outside alone, and everything else to people by its weight', () => {
  const expected = { none: 'heartbeat', warning: 'people', critical: 'people-at-once' };
  const routed = labelsOf().map((labels) => [labels['alertname'], receiverOf(labels)]);
  expect(routed).toEqual(
    alerts().map(({ alert, labels }) => [
      alert,
      expected[labels.severity as keyof typeof expected],
    ]),
  );
  const heartbeat = labelsOf().filter((labels) => receiverOf(labels) === 'heartbeat');
  expect(heartbeat).toEqual([{ alertname: 'Watchdog', severity: 'none' }]);
});

test('every receiver that a route names is there, and none is there for nothing', () => {
  const named = new Set([route.receiver, ...route.routes.map(({ receiver }) => receiver)]);
  expect([...named].sort()).toEqual(receivers.map(({ name }) => name).sort());
});

test('what silences others is an alert of ours, and so is what it silences', () => {
  for (const { source_matchers: sources, target_matchers: targets } of inhibitions) {
    const names = targets.flatMap((one) => /"(.*)"/.exec(one)?.[1]?.split('|') ?? []);
    const known = new Set(labelsOf().map((labels) => labels['alertname']));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(labelsOf().filter((labels) => fits(sources, labels))).toHaveLength(1);
  }
});
