import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunRow } from '../ports/run-store';
import type { ApiDeps } from './deps';
import { NcfdError } from '../contracts/errors';
import { SECURITY_HEADERS } from './headers';
import type { RunEvent } from './run-events';

/** Milliseconds of silence after which a comment shows that the stream lives. */
export const HEARTBEAT_MS = 15_000;
/** Milliseconds after which a browser that lost a stream asks again. */
const RETRY_MS = 2_000;
/** Bytes that a client may leave unread; a slower one is cut off and asks again. */
const UNREAD_MAX = 65_536;
/** Streams of one process: each holds a connection. */
const STREAMS_MAX = 500;

const open = new Set<() => void>();

/**
 * Streams where a run stands until it ends. An event is a whole state and its id names it, so a
 * client that comes back with `Last-Event-ID` is told only what it does not know, by any process.
 */
export async function streamRun(
  { events, metrics }: ApiDeps,
  run: RunRow,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const known = String(request.headers['last-event-id'] ?? '');
  const first = await events.now(run.header.runId);
  // 204 tells a browser not to ask again: there is nothing more to come.
  if (first.type === 'end' && first.id === known) return reply.code(204).send();
  if (open.size >= STREAMS_MAX) {
    throw new NcfdError('TooManyRequests', 'too many event streams are open', {
      hint: 'Ask again later, or ask for the run itself.',
    });
  }
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...SECURITY_HEADERS,
    'x-request-id': request.id,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${RETRY_MS}\n\n`);
  let sent = known;
  let stopListening = (): void => undefined;
  const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS);
  const end = (): void => {
    if (!open.delete(end)) return;
    clearInterval(heartbeat);
    stopListening();
    raw.end();
    metrics.streams.set(open.size);
  };
  const write = (text: string): void => {
    if (raw.writableLength > UNREAD_MAX) raw.destroy();
    else raw.write(text);
  };
  const tell = (event: RunEvent): void => {
    if (event.id === sent || !open.has(end)) return;
    sent = event.id;
    write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`);
    if (event.type === 'end') end();
  };
  open.add(end);
  metrics.streams.set(open.size);
  raw.on('close', end);
  raw.on('error', end);
  tell(first);
  if (open.has(end)) stopListening = events.listen(run, tell);
  return reply;
}

/** Ends all streams, so that the process can stop; browsers come back to another one. */
export function endStreams(): void {
  for (const end of [...open]) end();
}
