import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod/v4';
import { definitionOf, PROCESS_VARIABLES, SETTING_KEYS } from '../../src/config/definitions';

const ROOT = path.resolve(__dirname, '../..');
const FILES = ['docker-compose.yml', 'deploy/compose.production.yml'];

const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully']);
const words = z.union([z.string(), z.array(z.string())]);
const mount = z.strictObject({
  source: z.string(),
  target: z.string(),
  mode: z.number().optional(),
});

/** The parts of the compose specification that our files use; what else they hold is a mistake. */
const Service = z.strictObject({
  image: z.string(),
  command: words.optional(),
  entrypoint: words.optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition })).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string().regex(/^[\w-]+:\/\S+$/)).optional(),
  configs: z.array(mount).optional(),
  secrets: z.array(z.string()).optional(),
  networks: z.array(z.string()).optional(),
  network_mode: z.string().optional(),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()).min(2),
      interval: z.string(),
      timeout: z.string(),
      retries: z.number(),
      start_period: z.string().optional(),
    })
    .optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  read_only: z.boolean().optional(),
  user: z.string().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  pids_limit: z.number().optional(),
  shm_size: z.string().optional(),
  tmpfs: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
  logging: z
    .strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) })
    .optional(),
  deploy: z
    .strictObject({
      replicas: z.number().optional(),
      resources: z.strictObject({
        limits: z.strictObject({ cpus: z.string(), memory: z.string() }),
      }),
    })
    .optional(),
});
type Service = z.infer<typeof Service>;

const Compose = z.object({
  name: z.string(),
  services: z.record(z.string().regex(/^[a-z0-9-]+$/), Service),
  volumes: z.record(z.string(), z.null()),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean() })).default({}),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })).default({}),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })).default({}),
});

const read = (file: string) =>
  Compose.parse(parse(readFileSync(path.join(ROOT, file), 'utf8'), { merge: true }));

/** What a rule finds in a file, by the names of its services. */
const offenders = (file: string, isBad: (service: Service, name: string) => boolean): string[] =>
  Object.entries(read(file).services)
    .filter(([name, service]) => isBad(service, name))
    .map(([name]) => name);

describe.each(FILES)('%s', (file) => {
  test('is what the compose specification allows, and names only what it has', () => {
    const { services, volumes, networks, secrets, configs } = read(file);
    for (const [name, service] of Object.entries(services)) {
      const named = {
        services: Object.keys(service.depends_on ?? {}),
        volumes: (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? ''),
        networks: service.networks ?? [],
        secrets: service.secrets ?? [],
        configs: (service.configs ?? []).map(({ source }) => source),
      };
      const has = { services, volumes, networks, secrets, configs };
      for (const kind of ['services', 'volumes', 'networks', 'secrets', 'configs'] as const) {
        const unknown = named[kind].filter((one) => !(one in has[kind]));
        expect([name, kind, unknown]).toEqual([name, kind, []]);
      }
    }
  });

  test('pins every image to a version', () => {
    const pinned = /^[\w./-]+:v?\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?(?:@sha256:[0-9a-f]{64})?$/;
    const given = /^\$\{NCFD_IMAGE:\?[^}]+\}$/;
    expect(offenders(file, ({ image }) => !pinned.test(image) && !given.test(image))).toEqual([]);
  });

  test('knows every variable of ours', () => {
    const known = new Set([
      ...SETTING_KEYS.map((key) => definitionOf(key).variable),
      ...Object.keys(PROCESS_VARIABLES),
    ]);
    const isUnknown = (name: string) => name.startsWith('NCFD_') && !known.has(name);
    expect(
      offenders(file, ({ environment = {} }) => Object.keys(environment).some(isUnknown)),
    ).toEqual([]);
  });

  test('waits for health where there is health, and for the end of what ends', () => {
    const { services } = read(file);
    const wrong = Object.entries(services).flatMap(([name, { depends_on: needs = {} }]) =>
      Object.entries(needs)
        .filter(([other, { condition: waits }]) => {
          const healthy = services[other]?.healthcheck !== undefined;
          return healthy ? waits !== 'service_healthy' : waits === 'service_healthy';
        })
        .map(([other]) => `${name} → ${other}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('deploy/compose.production.yml', () => {
  const file = 'deploy/compose.production.yml';

  test('hardens every service: read-only, no root, no capabilities, limits', () => {
    expect(
      offenders(file, (service) => {
        const { read_only: readOnly, user = 'root', cap_drop: dropped = [], deploy } = service;
        const { security_opt: options = [] } = service;
        return !(
          readOnly === true &&
          /^[1-9]\d*:[1-9]\d*$/.test(user) &&
          dropped.includes('ALL') &&
          options.includes('no-new-privileges:true') &&
          deploy !== undefined
        );
      }),
    ).toEqual([]);
  });

  test('holds no secret: what is secret is a reference or the path of a mounted file', () => {
    const secret = /PASSWORD|PWD|SECRET|KEY|TOKEN|DATABASE_URL|MIGRATOR_URL|READER_URL/;
    const isBare = ([name, value]: [string, string]) =>
      secret.test(name) && !/^(?:file:)?\/run\/secrets\/\w+$/.test(value);
    expect(
      offenders(file, ({ environment = {} }) => Object.entries(environment).some(isBare)),
    ).toEqual([]);
  });

  test('mounts each secret that a service refers to', () => {
    expect(
      offenders(file, ({ environment = {}, command = '', secrets = [] }) => {
        const text = JSON.stringify([Object.values(environment), command]);
        const named = [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name = '']) => name);
        return named.some((name) => !secrets.includes(name));
      }),
    ).toEqual([]);
  });

  test('lets what is to end once end, and starts everything else again', () => {
    const needs = Object.values(read(file).services).flatMap((one) =>
      Object.entries(one.depends_on ?? {}),
    );
    const ends = new Set(
      needs.flatMap(([name, on]) => (on.condition.endsWith('successfully') ? [name] : [])),
    );
    expect(
      offenders(
        file,
        ({ restart }, name) => restart !== (ends.has(name) ? 'no' : 'unless-stopped'),
      ),
    ).toEqual([]);
  });

  test('opens nothing to the outside: no port, and internal networks only', () => {
    expect(offenders(file, ({ ports = [] }) => ports.length > 0)).toEqual([]);
    const { networks } = read(file);
    expect(Object.values(networks).every(({ internal }) => internal)).toBe(true);
  });

  test('runs two workers, each with the settings of a worker', () => {
    const { worker } = read(file).services;
    expect(worker?.deploy?.replicas).toBe(2);
    expect(worker?.environment).toMatchObject({ NCFD_PROFILE: 'production' });
  });
});
