import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What befalls a request or its answer on the way to the real engine. */
export type NetworkFault = 'reset' | 'unavailable' | 'cut' | 'bit flipped' | 'answer lost';

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
  const answer = await forward(engine, incoming, sent);
  const body = await buffer(answer);
  if (fault === 'answer lost') return void outgoing.destroy();
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  if (fault === 'cut') {
    outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.destroy());
    return;
  }
  const middle = Math.floor(body.length / 2);
  if (fault === 'bit flipped' && body.length > 0) body[middle] = (body[middle] ?? 0) ^ 1;
  outgoing.end(body);
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
