import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that arrived whole. */
export interface Received {
  readonly key: string;
  readonly body: { readonly title?: string; readonly attempt?: number; readonly text?: string };
}
type Answer = (response: ServerResponse) => void;

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end();
/** Takes the request and never answers. */
export const silence: Answer = () => undefined;
/** Cuts the connection instead of an answer. */
export const cut: Answer = (response) => void response.destroy();

/** A real HTTP server that answers as it is told to, in order; the last answer stays. */
export class Receiver {
  readonly received: Received[] = [];
  private constructor(private readonly server: Server) {}

  private answers: Answer[] = [status(200)];

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => void receiver.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/secret-path`;
  }

  answer(...answers: readonly Answer[]): void {
    this.answers = [...answers];
  }

  /** Resolves when so many requests have arrived. */
  async until(count: number): Promise<void> {
    const end = Date.now() + 60_000;
    while (this.received.length < count && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    this.received.push({
      key: String(request.headers['idempotency-key']),
      body: JSON.parse(Buffer.concat(parts).toString('utf8')) as Received['body'],
    });
    const [answer = status(200)] = this.answers;
    if (this.answers.length > 1) this.answers.shift();
    answer(response);
  }
}
