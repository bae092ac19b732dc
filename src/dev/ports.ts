import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { takeLock } from './lock-file';

/** Every server of the stack listens on this address only. */
export const HOST = '127.0.0.1';

/** Shared by all clones and users of the machine, whatever their TMPDIR. */
const CLAIMS_FOLDER = '/tmp';

/**
 * Below the ports that systems hand out to outgoing connections (from 32,768 on Linux, 49,152 on
 * macOS): one of those can be gone between the claim and the start of the server.
 */
const PORTS = { from: 10_000, below: 30_000 } as const;
/** Ports that are tried before we say that none is free. */
const MAX_TRIES = 1_000;

/** A TCP port that no other stack will take until it is released. */
export interface ClaimedPort {
  readonly port: number;
  release(): void;
}

/**
 * Claims the preferred port, or any free one when it is taken. A claim is a file that names this
 * process: two stacks that start at once cannot both find the same port free.
 */
export async function claimPort(preferred?: number): Promise<ClaimedPort> {
  if (preferred !== undefined && (await isFree(preferred))) {
    const claimed = claim(preferred);
    if (claimed !== null) return claimed;
  }
  for (;;) {
    const claimed = claim(await anyFreePort());
    if (claimed !== null) return claimed;
  }
}

/** Claims several ports at once, free ones all. */
export async function claimPorts(count: number): Promise<readonly ClaimedPort[]> {
  const claims: ClaimedPort[] = [];
  while (claims.length < count) claims.push(await claimPort());
  return claims;
}

/** True when something accepts connections on the port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Binding alone does not tell on macOS, where a wildcard listener does not hinder it. */
async function isFree(port: number): Promise<boolean> {
  return !(await isListening(port)) && (await bindOnce(port)) === port;
}

async function anyFreePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = randomInt(PORTS.from, PORTS.below);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free TCP port on ${HOST} in ${MAX_TRIES} tries`);
}

function bindOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: HOST, port }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(bound));
    });
  });
}

function claim(port: number): ClaimedPort | null {
  const lock = takeLock(path.join(CLAIMS_FOLDER, `ncfd-port-${port}.claim`));
  return lock.kind === 'taken' ? { port, release: lock.release } : null;
}
