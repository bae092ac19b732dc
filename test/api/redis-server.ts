import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findService } from '../../src/dev/debian-services';
import { claimPort } from '../../src/dev/ports';

/** Whether this machine has Redis; where it must have it, its absence is a failure. */
export function hasRedis(): boolean {
  if (findService('redis-server') !== null) return true;
  const message = 'no redis-server; node tools/setup.cjs services installs it';
  if (process.env['NCFD_REQUIRE_SERVICES'] === '1') throw new Error(message);
  process.stderr.write(`not run: ${message}\n`);
  return false;
}

/** A Redis of a test's own, which can be killed and started again at its place. */
export class RedisServer {
  private child: ChildProcess | null = null;

  private constructor(private readonly claimed: Awaited<ReturnType<typeof claimPort>>) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await claimPort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.claimed.port}`;
  }

  async start(): Promise<void> {
    const address = ['--bind', '127.0.0.1', '--port', String(this.claimed.port)];
    const nothingKept = ['--save', '', '--appendonly', 'no'];
    const child = spawn(findService('redis-server') ?? '', [...address, ...nothingKept], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    let said = '';
    for await (const part of child.stdout) {
      said += String(part);
      if (said.includes('Ready to accept connections')) break;
    }
    child.stdout.resume();
  }

  /** At once, as a machine that is lost: nothing is said to those who wait. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'exit');
    child.kill('SIGKILL');
    await closed;
  }

  /** Takes requests and answers none, until it goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  async close(): Promise<void> {
    await this.kill();
    this.claimed.release();
  }
}
