import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** What befalls a request or its answer on the way to the real engine. */
export type NetworkFault =
  | 'reset'
  | 'unavailable'
  | 'cut'
  | 'bit flipped'
  | 'answer lost'
  /** The answer trickles, and is never silent for long. */
  | 'slow'
  /** The request is taken, and no answer comes. */
  | 'hanging'
  /** Half of the answer comes, and then nothing; the connection stays. */
  | 'stalled';

/** Pieces that a slow answer comes in, and the pause before each. */
const SLOW_PIECES = 8;
const SLOW_PAUSE_MS = 25;

/** A proxy in front of an S3 engine. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Faults that struck so far. */
  readonly struck: () => number;
  close(): Promise<void>;
}

/** Starts a proxy that lets `fault` befall the first `times` requests, and none after. */
export async function startFaultProxy(
  engine: string,
  fault: NetworkFault,
  times: number,
): Promise<FaultProxy> {
  let struck = 0;
  const server = createServer((incoming, outgoing) => {
    const strikes = struck < times;
    if (strikes) struck += 1;
    void pass(engine, incoming, outgoing, strikes ? fault : null).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    struck: () => struck,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pass(
  engine: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: NetworkFault | null,
): Promise<void> {
  if (fault === 'reset') return void incoming.destroy();
  const sent = await buffer(incoming);
  if (fault === 'unavailable') return void outgoing.writeHead(503).end();
  if (fault === 'hanging') return;
  const answer = await forward(engine, incoming, sent);
  const body = await buffer(answer);
  if (fault === 'answer lost') return void outgoing.destroy();
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  const middle = Math.floor(body.length / 2);
  if (fault === 'slow') return trickle(outgoing, body);
  if (fault === 'stalled') return void outgoing.write(body.subarray(0, middle));
  if (fault === 'cut') {
    outgoing.write(body.subarray(0, middle), () => outgoing.destroy());
    return;
  }
  if (fault === 'bit flipped' && body.length > 0) body[middle] = (body[middle] ?? 0) ^ 1;
  outgoing.end(body);
}

async function trickle(outgoing: ServerResponse, body: Buffer): Promise<void> {
  const size = Math.ceil(body.length / SLOW_PIECES);
  for (let from = 0; from < body.length; from += size) {
    await pause(SLOW_PAUSE_MS);
    outgoing.write(body.subarray(from, from + size));
  }
  outgoing.end();
}

/** The request as it came, its signed host included. */
function forward(
  engine: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const { method, headers } = incoming;
  return new Promise((resolve, reject) => {
    const sent = request(new URL(incoming.url ?? '/', engine), { method, headers }, resolve);
    sent.once('error', reject).end(body);
  });
}
