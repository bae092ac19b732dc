import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { NcfdError } from '../contracts/errors';
import { TooManyRequests } from './auth/refused';
import type { ApiDeps } from './deps';
import { endStreams } from './event-stream';
import { PAGE_POLICY, SECURITY_HEADERS } from './headers';
import { jsonSchema } from './openapi';
import { problemOf, PROBLEM_TYPE, RETRY_SECONDS, type Problem } from './problem';
import { problemPage } from '../report/web/frame';
import type { Caller } from './roles';
import { HTML_TYPE, type ApiRoute } from './route';
import { ROUTES } from './routes';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route is for people. */
    page?: boolean;
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

/** Bounds on what a client may send, in bytes and milliseconds. */
export interface Bounds {
  readonly bodyBytes: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** From one byte to the next, in either direction. */
  readonly silenceMs: number;
  readonly connections: number;
}

/** A request is a few hundred bytes; the proxy in front allows as much. */
export const BOUNDS: Bounds = {
  bodyBytes: 65_536,
  requestMs: 10_000,
  // Longer than the heartbeat of event streams.
  silenceMs: 60_000,
  connections: 2_000,
};

/** Milliseconds that an idle connection is kept: longer than the proxy in front keeps it. */
const KEEP_ALIVE_MS = 65_000;
/** How often a server looks for connections that are too slow. */
const LOOK_MS = 1_000;

/** Who asks, and whether they may; called before anything of a request is looked into. */
export interface Gate {
  /** @throws NcfdError `Unauthenticated`, `Forbidden` or `TooManyRequests` */
  admit(request: FastifyRequest, route: ApiRoute): Promise<Caller>;
}

/** The API over what it works with. It listens to nobody yet. */
export async function buildApi(
  deps: ApiDeps,
  gate: Gate,
  bounds: Bounds = BOUNDS,
): Promise<FastifyInstance> {
  const { apiTrustedProxies } = deps.settings;
  const app = fastify({
    logger: false,
    bodyLimit: bounds.bodyBytes,
    requestTimeout: bounds.requestMs,
    connectionTimeout: bounds.silenceMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: bounds.requestMs, connectionsCheckingInterval: LOOK_MS },
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    trustProxy: apiTrustedProxies === null ? false : apiTrustedProxies.split(','),
    genReqId: () => randomUUID(),
    // What a route does not know is refused, not passed over.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allErrors: false } },
    return503OnClosing: true,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      refuseAddress(error, request, reply);
    },
    forceCloseConnections: 'idle',
  });
  app.server.maxConnections = bounds.connections;
  app.decorateRequest('caller', null as unknown as Caller);
  readForms(app);
  watchAnswers(app, deps);
  answerErrors(app, deps);
  app.addHook('preClose', async () => endStreams());
  for (const one of ROUTES) serve(app, deps, gate, one);
  await app.ready();
  return app;
}

/** The address itself cannot be read: there is no route, so no hook has run. */
function refuseAddress(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id);
  void reply.headers(SECURITY_HEADERS).code(problem.status).type(PROBLEM_TYPE);
  void reply.send(JSON.stringify(problem));
}

/** What is no HTTP, or too slow, has no request: it is told so on its connection, which ends. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = CONNECTION_ERRORS[error.code ?? ''] ?? 400;
  const problem = problemOf(
    Object.assign(new Error('the request cannot be read'), { statusCode: status }),
    randomUUID(),
  );
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${problem.title}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const CONNECTION_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

function serve(app: FastifyInstance, deps: ApiDeps, gate: Gate, one: ApiRoute): void {
  const { params, query, body } = one;
  app.route({
    method: one.method,
    url: one.url,
    exposeHeadRoute: false,
    schema: {
      ...(params === undefined ? {} : { params: jsonSchema(params) }),
      querystring: query === undefined ? NO_QUERY : jsonSchema(query),
      ...(body === undefined ? {} : { body: jsonSchema(body) }),
    },
    config: { page: one.page === true },
    onRequest: async (request, reply) => {
      if (one.page === true) void reply.header('content-security-policy', PAGE_POLICY);
      request.caller = await gate.admit(request, one);
    },
    handler: async (request, reply) => {
      void reply.type(one.answer.type).code(one.answer.status ?? 200);
      const { params: p, query: q, body: b, caller } = request;
      return one.handle(deps, { params: p, query: q, body: b, caller, request, reply });
    },
  });
}

const NO_QUERY = { type: 'object', properties: {}, additionalProperties: false };

function watchAnswers(app: FastifyInstance, { metrics, log }: ApiDeps): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  });
  app.addHook('onSend', async (_, reply) => {
    // What is not of a publication is of this moment.
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method, id } = request;
    const status = reply.statusCode;
    metrics.requests.inc({ method, route, status });
    metrics.requestSeconds.observe({ route }, reply.elapsedTime / 1_000);
    const ms = Math.round(reply.elapsedTime);
    const caller = (request.caller as Caller | null)?.name ?? null;
    const event = { requestId: id, method, route, status, ms, caller };
    if (status < 400) log.debug(event, 'request answered');
    else log.info(event, 'request refused');
  });
}

function answerErrors(app: FastifyInstance, { log }: ApiDeps): void {
  app.setNotFoundHandler((request) => {
    throw new NcfdError('RouteNotFound', `there is no ${request.method} of this path`, {
      hint: 'GET /openapi.json tells what there is.',
    });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.id);
    if (problem.status >= 500) log.error({ err: error, requestId: request.id }, 'request failed');
    if (error instanceof TooManyRequests) void reply.header('retry-after', error.retrySeconds);
    if (problem.status === 503) void reply.header('retry-after', RETRY_SECONDS);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="ncfd"');
    if (request.routeOptions.config.page === true) return sendProblemPage(request, reply, problem);
    return reply
      .code(problem.status)
      .header('cache-control', 'no-store')
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problem));
  });
}

/** Who is not signed in is asked to; the rest is told on a page. */
function sendProblemPage(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply {
  void reply.header('cache-control', 'no-store');
  if (problem.status === 401 && request.method === 'GET') {
    return reply.redirect(`/sign-in?next=${encodeURIComponent(request.url)}`, 303);
  }
  const caller = request.caller as Caller | null;
  const signedIn = caller === null || caller.by === 'nothing' ? null : caller.name;
  const page = problemPage({ part: 'calls', signedIn }, problem);
  return reply.code(problem.status).type(HTML_TYPE).send(page);
}

/** Forms of pages, and of nothing else. */
function readForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (request, body, done) => {
      if (request.routeOptions.config.page === true) {
        return done(null, Object.fromEntries(new URLSearchParams(String(body))));
      }
      const refusal = new Error('forms are taken by pages alone');
      return done(Object.assign(refusal, { statusCode: 415 }));
    },
  );
}
