import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { maskWords } from '../config/secrets/mask';
import type { CheckReport } from '../checks/check';
import { reportObject } from '../checks/report';
import { NcfdError } from '../contracts/errors';
import type { JsonObject } from '../domain/json';
import type { MetricsPage } from '../observability/metrics';

/** Reasons why the worker takes no work; none when it does. */
export type Readiness = () => readonly string[];

/** What the pages tell. */
export interface HealthPages {
  readonly readiness: Readiness;
  readonly metrics: MetricsPage;
  /** The full set of checks; shared by all who ask, so that asking often costs nothing. */
  readonly health: () => Promise<CheckReport>;
  /** What this process is and works on. */
  readonly version: JsonObject;
}

export interface HealthServer {
  /** `http://<host>:<port>`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `/livez` answers while the event loop turns, and looks at nothing else: a lost server must not
 * end a worker that would survive it. `/readyz` tells why work is not taken, `/health` what of all
 * that runs need is not well, `/version` what this process is. `/metrics` has ours.
 *
 * @param port 0 takes a free one and listens on this machine only
 */
export async function startHealthServer(port: number, pages: HealthPages): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, pages).catch((error: unknown) => {
      send(response, 500, 'text/plain; charset=utf-8', `${String(error)}\n`);
    });
  });
  const host = port === 0 ? '127.0.0.1' : '0.0.0.0';
  await listen(server, port, host);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  url: string,
  response: ServerResponse,
  { readiness, metrics, health, version }: HealthPages,
): Promise<void> {
  switch (url.split('?', 1)[0]) {
    case '/livez':
      return send(response, 200, 'application/json', '{"status":"alive"}\n');
    case '/readyz': {
      const reasons = readiness();
      const body = { status: reasons.length === 0 ? 'ready' : 'not ready', reasons };
      const status = reasons.length === 0 ? 200 : 503;
      return send(response, status, 'application/json', `${JSON.stringify(body)}\n`);
    }
    case '/health': {
      const report = await health();
      const status = report.verdict === 'down' ? 503 : 200;
      return send(
        response,
        status,
        'application/json',
        `${JSON.stringify(reportObject(report))}\n`,
      );
    }
    case '/version':
      return send(response, 200, 'application/json', `${JSON.stringify(version)}\n`);
    case '/metrics':
      return send(response, 200, metrics.contentType, await metrics.text());
    default:
      return send(response, 404, 'text/plain; charset=utf-8', 'not found\n');
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(maskWords(body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new NcfdError('BadConfig', `health port ${port} cannot be used: ${cause.message}`, {
          hint: 'Set NCFD_HEALTH_PORT to another port, or to 0 for a free one.',
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}
