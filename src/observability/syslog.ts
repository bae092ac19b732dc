import { createSocket, type Socket } from 'node:dgram';
import { hostname } from 'node:os';
import type { LogSink } from './log-sink';

/** `local0`, the facility that systems leave to applications. */
const FACILITY = 16;
const SEVERITY: Readonly<Record<string, number>> = { fatal: 2, error: 3, warn: 4, info: 6 };
const DEBUG = 7;
/** A datagram above this is split by the network, and lost when one part is. Bytes. */
const DATAGRAM_MAX = 8_192;
/** Lines that wait for the first look-up of the server's name. */
const WAITING_MAX = 1_000;
/** Milliseconds after which a server that could not be found is looked for again. */
const RETRY_MS = 5_000;

/** RFC 5424 allows printable ASCII without blanks in these fields. */
const field = (text: string, max: number): string =>
  text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, max) || '-';

/** One JSON line of ours as a message of RFC 5424. */
export function syslogMessage(line: string, app: string): Buffer {
  const { level, time } = headOf(line);
  const priority = FACILITY * 8 + (SEVERITY[level] ?? DEBUG);
  const head = `<${priority}>1 ${time} ${field(hostname(), 255)} ${field(app, 48)} ${process.pid} - - `;
  const message = Buffer.from(`${head}${line.trimEnd()}`);
  if (message.length <= DATAGRAM_MAX) return message;
  // A cut in the middle of a letter would be no UTF-8: the letter goes.
  return Buffer.from(
    message
      .subarray(0, DATAGRAM_MAX)
      .toString()
      .replace(/\uFFFD+$/, ''),
  );
}

function headOf(line: string): { readonly level: string; readonly time: string } {
  const level = /"level":"(\w+)"/.exec(line)?.[1] ?? 'debug';
  const time = /"time":"([0-9T:.Z-]+)"/.exec(line)?.[1] ?? '-';
  return { level, time };
}

/**
 * Sends lines to a syslog server over UDP. Nobody waits for a server: what cannot be sent is lost,
 * as the protocol has it.
 */
export class SyslogSink implements LogSink {
  private socket: Socket | null = null;
  private ready = false;
  private waiting: string[] = [];
  private retryAt = 0;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly app: string,
  ) {}

  write(line: string): void {
    if (this.socket === null && Date.now() >= this.retryAt) this.connect();
    if (this.ready) this.send(line);
    else if (this.waiting.length < WAITING_MAX) this.waiting.push(line);
  }

  async close(): Promise<void> {
    const { socket } = this;
    if (socket === null) return;
    // Datagrams leave in order: when an empty one is out, those before it are.
    if (this.ready) await new Promise<void>((resolve) => socket.send('', () => resolve()));
    this.drop(socket);
  }

  private connect(): void {
    const socket = createSocket(this.host.includes(':') ? 'udp6' : 'udp4');
    this.socket = socket;
    socket.unref();
    socket.on('error', () => {
      // The name is unknown, or nobody listens: the lines before are lost.
      if (!this.ready) this.drop(socket);
    });
    socket.connect(this.port, this.host, () => {
      this.ready = true;
      for (const line of this.waiting.splice(0)) this.send(line);
    });
  }

  private send(line: string): void {
    this.socket?.send(syslogMessage(line, this.app), () => undefined);
  }

  private drop(socket: Socket): void {
    this.socket = null;
    this.ready = false;
    this.waiting = [];
    this.retryAt = Date.now() + RETRY_MS;
    socket.close();
  }
}
