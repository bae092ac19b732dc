import { execFileSync, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createBucket } from '../../src/dev/bucket';
import { startChild, waitUntilReady, type Child } from '../../src/dev/child';
import { findService, type ServiceProgram } from '../../src/dev/debian-services';
import { claimPorts, type ClaimedPort } from '../../src/dev/ports';
import { startPostgres } from '../../src/dev/postgres';
import { provisionDatabase } from '../../src/dev/provision';
import { startSeaweed } from '../../src/dev/seaweed';
import { startTemporal } from '../../src/dev/temporal-server';
import { migrateUp } from '../../src/stores/postgres/migrate';
import { ncfd, startNcfd, type Finished } from '../e2e/command-line';
import { answers, startPrometheus, writePrometheus } from '../support/prometheus';
import { makeTestFolder } from '../support/stack-servers';

const DEPLOY = path.resolve(__dirname, '../../deploy');
const READY_MS = 60_000;
const REDIS_PASSWORD = 'topology-redis-password';
const BUCKET = 'ncfd';

export const SERVICES = [
  'postgres',
  'temporal',
  's3',
  'redis',
  'worker',
  'nginx',
  'prometheus',
] as const;
export type Service = (typeof SERVICES)[number];

type Stop = () => Promise<void>;

/** The topology of production as plain processes, each of which can be stopped and started. */
export class Topology {
  readonly folder = makeTestFolder();
  private claims: readonly ClaimedPort[] = [];
  private readonly running = new Map<Service, Stop>();
  private removeData: () => void = () => undefined;
  /** What commands and the worker are given. */
  env: Record<string, string> = {};

  async open(): Promise<void> {
    this.claims = await claimPorts(10);
    this.writeConfiguration();
    await Promise.all((['postgres', 'temporal', 's3'] as const).map((name) => this.start(name)));
    await Promise.all((['redis', 'worker'] as const).map((name) => this.start(name)));
    await Promise.all((['nginx', 'prometheus'] as const).map((name) => this.start(name)));
  }

  async close(): Promise<void> {
    for (const name of [...SERVICES].reverse()) await this.stop(name);
    this.removeData();
    for (const claim of this.claims) claim.release();
  }

  async stop(name: Service): Promise<void> {
    const stop = this.running.get(name);
    this.running.delete(name);
    await stop?.();
  }

  async start(name: Service): Promise<void> {
    this.running.set(name, await this.starters[name]());
  }

  /** Runs a command in the environment of production. */
  ncfd(args: readonly string[]): Promise<Finished> {
    return ncfd(args, { env: this.env });
  }

  path(...parts: readonly string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** Checks a configuration with the program's own means; what it said when it refuses. */
  checked(program: ServiceProgram, args: readonly string[]): string {
    // Into a file: nginx opens /dev/stdout by name, which it cannot where that is a socket.
    const file = this.path('checked');
    const output = openSync(file, 'w');
    const { status } = spawnSync(service(program), args, { stdio: ['ignore', output, output] });
    closeSync(output);
    return status === 0 ? '' : readFileSync(file, 'utf8');
  }

  get nginxArguments(): readonly string[] {
    const pid = `pid ${this.path('nginx', 'nginx.pid')}; daemon off;`;
    return ['-p', this.path('nginx'), '-c', 'nginx.conf', '-g', pid];
  }

  private readonly starters: Readonly<Record<Service, () => Promise<Stop>>> = {
    postgres: () => this.startPostgres(),
    temporal: () => this.startTemporal(),
    s3: () => this.startS3(),
    redis: () => this.startRedis(),
    worker: () => this.startWorker(),
    nginx: () => this.startNginx(),
    prometheus: () => this.startPrometheus(),
  };

  private port(index: number): number {
    return this.claims[index]?.port ?? 0;
  }

  private async startPostgres(): Promise<Stop> {
    const folder = this.made('postgres');
    const server = await startPostgres({ folder, port: this.port(0), durable: false });
    const urls = await provisionDatabase(server.adminUrl, 'ncfd');
    await migrateUp(urls.migrator);
    this.removeData = () => server.removeData();
    this.env = { ...this.env, NCFD_DATABASE_URL: urls.worker };
    return () => server.stop();
  }

  private async startTemporal(): Promise<Stop> {
    const folder = this.made('temporal');
    const server = await startTemporal({ folder, port: this.port(1) });
    this.env = { ...this.env, TEMPORAL_ADDRESS: server.address };
    return () => server.stop();
  }

  private async startS3(): Promise<Stop> {
    const server = await startSeaweed({ folder: this.made('s3'), port: this.port(2) });
    await createBucket(server, BUCKET);
    this.env = {
      ...this.env,
      NCFD_ARTIFACTS: `s3://${BUCKET}/artifacts`,
      NCFD_S3_ENDPOINT: server.endpoint,
      NCFD_S3_ACCESS_KEY_ID: server.accessKeyId,
      NCFD_S3_SECRET_ACCESS_KEY: server.secretAccessKey,
    };
    return () => server.stop();
  }

  private startRedis(): Promise<Stop> {
    const own = ['--bind', '127.0.0.1', '--port', String(this.port(3))];
    const args = [path.join(DEPLOY, 'redis/redis.conf'), ...own, '--requirepass', REDIS_PASSWORD];
    const ready = async () =>
      readFileSync(this.path('redis', 'log'), 'utf8').includes('Ready to accept connections');
    return this.child(
      'redis',
      service('redis-server'),
      [...args, '--dir', this.made('redis')],
      ready,
    );
  }

  private async startWorker(): Promise<Stop> {
    const worker = startNcfd(['worker'], { env: this.env });
    worker.stdout?.resume();
    worker.stderr?.resume();
    const url = `${this.env['NCFD_WORKER_URL']}/readyz`;
    const end = Date.now() + READY_MS;
    while (!(await answers(url))) {
      if (Date.now() > end || worker.exitCode !== null) throw new Error('the worker is not ready');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return () => ended(worker);
  }

  private startNginx(): Promise<Stop> {
    const url = `http://127.0.0.1:${this.port(6)}/livez`;
    const ready = () => answers(url);
    return this.child('nginx', service('nginx'), this.nginxArguments, ready, 'SIGTERM');
  }

  private startPrometheus(): Promise<Stop> {
    return startPrometheus(this.path('prometheus'), this.port(5));
  }

  private async child(
    name: string,
    command: string,
    args: readonly string[],
    ready: () => Promise<boolean>,
    stopSignal: NodeJS.Signals = 'SIGTERM',
  ): Promise<Stop> {
    const folder = this.made(name);
    const child: Child = await startChild({
      name,
      command,
      args,
      logFile: path.join(folder, 'log'),
      pidFile: path.join(folder, 'pid.json'),
      stopSignal,
    });
    await waitUntilReady(child, ready, READY_MS);
    return () => child.stop();
  }

  private made(name: string): string {
    const folder = this.path(name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** The files of deploy/, with what differs from place to place made for this machine. */
  private writeConfiguration(): void {
    const nginx = this.made('nginx');
    cpSync(path.join(DEPLOY, 'nginx'), nginx, { recursive: true });
    const site = (name: string, text: string) =>
      writeFileSync(path.join(nginx, 'site', name), text);
    site(
      'upstreams.conf',
      `upstream ncfd_worker { server 127.0.0.1:${this.port(4)} max_fails=0; }\n`,
    );
    site('listen.conf', `listen 127.0.0.1:${this.port(6)};\n${this.tls()}`);
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    site('paths.conf', kinds.map((kind) => `${kind}_temp_path ${nginx}/${kind};\n`).join(''));

    writePrometheus(this.made('prometheus'), {
      'ncfd-worker': [this.port(4)],
      'ncfd-worker-sdk': [this.port(8)],
      prometheus: [this.port(5)],
      // Temporal's development server serves metrics only when told to.
      temporal: [],
      alertmanager: [],
    });

    this.env = {
      NCFD_HEALTH_PORT: String(this.port(4)),
      NCFD_TEMPORAL_METRICS_PORT: String(this.port(8)),
      NCFD_WORKER_URL: `http://127.0.0.1:${this.port(4)}`,
      NCFD_PROMETHEUS_URL: `http://127.0.0.1:${this.port(5)}`,
      NCFD_PUBLIC_URL: `https://localhost:${this.port(7)}`,
      NCFD_REDIS_URL: `redis://:${REDIS_PASSWORD}@127.0.0.1:${this.port(3)}`,
      NCFD_LOG_LEVEL: 'fatal',
      NCFD_HEALTH_TIMEOUT_MS: '40000',
      NODE_EXTRA_CA_CERTS: path.join(nginx, 'tls.crt'),
    };
  }

  /** A certificate of this test's own, and the lines that make nginx use it. */
  private tls(): string {
    const [key, certificate] = [this.path('nginx', 'tls.key'), this.path('nginx', 'tls.crt')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', key, '-out', certificate, '-days', '2'];
    execFileSync('openssl', [...made, ...files, ...subject], { stdio: 'ignore' });
    const shipped = readFileSync(path.join(DEPLOY, 'nginx/site/listen.conf'), 'utf8');
    return shipped
      .replace('listen 8443', `listen 127.0.0.1:${this.port(7)}`)
      .replace('/run/secrets/tls.crt', certificate)
      .replace('/run/secrets/tls.key', key);
  }
}

function service(program: ServiceProgram): string {
  const found = findService(program);
  if (found === null) throw new Error(`no ${program} on this machine`);
  return found;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}
