import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfiguration, WORKER_NEEDS, type Configuration } from './configuration';
import type { ConfigFlags } from './layers';
import { resolveSettings } from './settings';

const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NO_STACK = { NCFD_HOME: path.join(folder, 'no-stack') };

function read(
  env: Readonly<Record<string, string>>,
  { toml, ...flags }: ConfigFlags & { readonly toml?: string } = {},
): Configuration {
  if (toml !== undefined) writeFileSync(path.join(folder, 'ncfd.toml'), toml);
  const config = toml === undefined ? {} : { config: 'ncfd.toml' };
  const sources = { env: { ...NO_STACK, ...env }, cwd: folder, flags: { ...flags, ...config } };
  return readConfiguration(sources, WORKER_NEEDS);
}

/** `where: message` of all that is wrong, but for what is only missing. */
const problemsOf = ({ problems }: Configuration): string[] =>
  problems
    .filter(({ message }) => !message.includes('is not set; allowed: '))
    .map(({ where, message }) => `${where}: ${message}`);

const originOf = ({ settings }: Configuration, name: string) => {
  const found = settings.find((one) => one.name === name);
  return [found?.shown, found?.layer, found?.where];
};

describe('layers of settings', () => {
  const toml = 'profile = "staging"\n[log]\nlevel = "warn"\n';

  test('each layer wins over the one below it, and the origin names the place', () => {
    const level = (...args: Parameters<typeof read>) => originOf(read(...args), 'log.level');
    expect(level({})).toEqual(['info', 'default', 'default']);
    expect(level({}, { toml })).toEqual(['warn', 'file', 'ncfd.toml:3']);
    expect(level({ NCFD_LOG_LEVEL: 'error' }, { toml })).toEqual([
      'error',
      'environment',
      'NCFD_LOG_LEVEL',
    ]);
    expect(level({ NCFD_LOG_LEVEL: 'error' }, { toml, set: ['log.level=debug'] })).toEqual([
      'debug',
      'flag',
      '--set log.level',
    ]);
  });

  test('a profile sits between the defaults and the file', () => {
    const connections = (...args: Parameters<typeof read>) =>
      originOf(read(...args), 'database.connections');
    const env = { NCFD_PROFILE: 'production' };
    expect(connections(env)).toEqual(['24', 'profile', 'profile production']);
    const given = { toml: '[database]\nconnections = 30\n' };
    expect(connections(env, given)).toEqual(['30', 'file', 'ncfd.toml:2']);
  });

  test('the profile itself comes from file, environment or flag, in this order', () => {
    const profile = (...args: Parameters<typeof read>) => originOf(read(...args), 'profile');
    expect(profile({}, { toml })).toEqual(['staging', 'file', 'ncfd.toml:1']);
    const env = { NCFD_PROFILE: 'production' };
    expect(profile(env, { toml })).toEqual(['production', 'environment', 'NCFD_PROFILE']);
    const flags = { toml, profile: 'development' };
    expect(profile(env, flags)).toEqual(['development', 'flag', '--profile']);
  });

  test('a variable that is set to nothing is not set', () => {
    expect(read({ NCFD_HEALTH_PORT: '' }).values.healthPort).toBe(0);
  });
});

describe('what is wrong with settings', () => {
  test('is told all at once, each with its place and what is allowed', () => {
    const toml = '[log]\nlevel = "loud"\n\n[worker]\nhealth_port = "9464"\n';
    const env = { NCFD_ARTIFACTS: 'ftp://x', NCFD_TEMPORAL_METRICS_PORT: '70000' };
    const set = ['publication.approval=two'];
    const { problems } = read(env, { toml, set });
    expect(problems.map(({ where, message }) => `${where}: ${message}`).sort()).toEqual([
      '--set publication.approval: publication.approval may not be "two"; allowed: one of none, required, four-eyes',
      'NCFD_ARTIFACTS: artifacts.location may not be "ftp://x"; allowed: fs:FOLDER or s3://BUCKET/PREFIX',
      expect.stringMatching(
        /^NCFD_DATABASE_URL: database.url is not set; allowed: an address like/,
      ),
      'NCFD_TEMPORAL_METRICS_PORT: temporal.metrics_port may not be 70000; allowed: a whole number from 0 to 65535',
      'TEMPORAL_ADDRESS: temporal.address is not set; allowed: HOST:PORT',
      'ncfd.toml:2: log.level may not be "loud"; allowed: one of trace, debug, info, warn, error, fatal, silent',
      'ncfd.toml:5: worker.health_port may not be "9464"; allowed: a whole number from 0 to 65535',
    ]);
    const settings = () => resolveSettings({ ...NO_STACK, ...env }, folder, { flags: { set } });
    expect(settings).toThrow(/3 problems/);
  });

  test('a setting that nobody knows is refused with the name that was meant', () => {
    const toml = '[database]\nconections = 9\n[colour]\nsky = "blue"\n';
    expect(problemsOf(read({}, { toml, set: ['log.lvel=info', 'log.level'] }))).toEqual([
      'ncfd.toml:2: there is no setting database.conections; did you mean database.connections?',
      'ncfd.toml:4: there is no setting colour.sky',
      '--set log.lvel: there is no setting log.lvel; did you mean log.level?',
      '--set log.level: give it as NAME=VALUE',
    ]);
  });

  test('an unknown variable is an error in staging and production, a warning in development', () => {
    const env = { NCFD_LOG_LEVLE: 'info', NCFD_TEST_S3_ENDPOINT: 'of another program' };
    const line = {
      where: 'NCFD_LOG_LEVLE',
      message: 'there is no variable of this name; did you mean NCFD_LOG_LEVEL?',
    };
    expect(read(env).warnings).toEqual([line]);
    expect(problemsOf(read(env))).toEqual([]);
    for (const profile of ['staging', 'production']) {
      const strict = read(env, { profile });
      expect([strict.warnings, strict.problems[0]]).toEqual([[], line]);
    }
  });

  test('a file that is no TOML, or no file at all, is told with its place', () => {
    expect(problemsOf(read({}, { toml: 'a = 1\nb = [\n' }))[0]).toMatch(/^ncfd\.toml:\d+:\d+: /);
    const [absent] = problemsOf(read({ NCFD_CONFIG: 'absent.toml' }));
    expect(absent).toContain('absent.toml: cannot be read');
  });

  test('a running stack whose file is broken is told like any other problem', () => {
    writeFileSync(path.join(folder, 'stack.json'), '{');
    expect(problemsOf(read({ NCFD_HOME: folder }))).toEqual([
      expect.stringMatching(
        /^ncfd dev: cannot read .*stack\.json; Stop 'ncfd dev', remove the file/,
      ),
    ]);
    rmSync(path.join(folder, 'stack.json'));
  });

  test('an unknown profile is refused with those that there are', () => {
    expect(problemsOf(read({ NCFD_PROFILE: 'prod' }))).toEqual([
      'NCFD_PROFILE: there is no profile "prod"; allowed: development, staging, production',
    ]);
  });

  test('half a key pair is refused', () => {
    expect(problemsOf(read({ NCFD_S3_ACCESS_KEY_ID: 'only-this-half' }))).toEqual([
      'NCFD_S3_ACCESS_KEY_ID: s3.access_key_id is set and s3.secret_access_key is not; allowed: both or neither',
    ]);
  });
});

describe('secrets in settings', () => {
  const SECRET = 'planted-Secret-41'; // not-a-secret, because it is made up

  test('are masked wherever settings are shown, the rest of an address is not', () => {
    const env = {
      NCFD_DATABASE_URL: `postgres://app:${SECRET}@db:5432/ncfd`,
      NCFD_READER_URL: `postgres://db/ncfd?user=app&password=${SECRET}`,
      NCFD_S3_SECRET_ACCESS_KEY: SECRET,
    };
    const configuration = read(env);
    expect(originOf(configuration, 'database.url')[0]).toBe('postgres://app:***@db:5432/ncfd');
    const { settings, problems } = configuration;
    expect(JSON.stringify({ settings, problems })).not.toContain(SECRET);
    expect(configuration.values.s3SecretAccessKey).toBe(SECRET);
  });

  test('a bad secret is refused without showing it', () => {
    const told = problemsOf(read({ NCFD_DATABASE_URL: `mysql://app:${SECRET}@db/x` })).join();
    expect(told).toContain('database.url may not be its value');
    expect(told).not.toContain(SECRET);
  });

  test('are read from other variables and from files, without the line end', () => {
    mkdirSync(path.join(folder, 'secrets'), { recursive: true });
    writeFileSync(path.join(folder, 'secrets', 'key'), `${SECRET}\n`);
    const configuration = read({
      NCFD_DATABASE_URL: 'env:ELSEWHERE',
      ELSEWHERE: `postgres://app:${SECRET}@db/ncfd`,
      NCFD_S3_SECRET_ACCESS_KEY: 'file:secrets/key',
      NCFD_S3_ACCESS_KEY_ID: 'env:NOWHERE',
    });
    const { values } = configuration;
    expect([values.databaseUrl, values.s3SecretAccessKey]).toEqual([
      `postgres://app:${SECRET}@db/ncfd`,
      SECRET,
    ]);
    const [shown, , where] = originOf(configuration, 's3.secret_access_key');
    expect([shown, where]).toEqual(['***', 'NCFD_S3_SECRET_ACCESS_KEY (file:secrets/key)']);
    expect(problemsOf(configuration)[0]).toBe(
      'NCFD_S3_ACCESS_KEY_ID: s3.access_key_id is a secret that cannot be read from env:NOWHERE: NOWHERE is not set',
    );
  });

  test('a reference of no known form is refused with the forms', () => {
    const told = problemsOf(read({ NCFD_DATABASE_URL: 'vault:secret/../x#y' }));
    expect(told[0]).toMatch(/is no reference to a secret; allowed: env:NAME, file:PATH, vault:/);
  });

  test('staging and production take no secret from a file or a flag, and none too short to mask', () => {
    const toml = `[database]\nurl = "postgres://app:${SECRET}@db/ncfd"\n`;
    const env = { NCFD_READER_URL: 'postgres://read:short@db/ncfd' };
    const set = [`database.migrator_url=postgres://m:${SECRET}@db/ncfd`];
    expect(problemsOf(read(env, { toml, set }))).toEqual([]);
    expect(problemsOf(read(env, { toml, set, profile: 'production' }))).toEqual([
      expect.stringMatching(/^ncfd\.toml:2: database\.url is a secret and may not stand in a file/),
      expect.stringMatching(/^--set database\.migrator_url: .*may not stand on a command line/),
      expect.stringMatching(
        /^NCFD_READER_URL: .*has a secret of 5 characters; allowed: at least 8/,
      ),
    ]);
  });
});
