import type { FastifyError } from 'fastify';
import { isNcfdError, messageOf, NcfdError, type ErrorName } from '../contracts/errors';

/** An answer that is not what was asked for: RFC 9457, with our code and hint. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint: string | null;
  /** Id of the request, as logs have it. */
  readonly instance: string;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
/** Seconds after which to ask again when something that we need is away. */
export const RETRY_SECONDS = 5;

/** HTTP status of what is not a failure of ours; everything else is 500. */
const STATUS: Readonly<Partial<Record<ErrorName, number>>> = {
  BadUsage: 400,
  BadRequest: 400,
  UnknownParameterSet: 400,
  UnknownTrials: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  ApprovalRefused: 403,
  RunNotFound: 404,
  PublicationNotFound: 404,
  TrialNotFound: 404,
  RouteNotFound: 404,
  ControlRefused: 409,
  FrozenSetMismatch: 409,
  TooManyRequests: 429,
  DatabaseUnreachable: 503,
  TemporalUnreachable: 503,
  ArtifactStoreFailed: 503,
  NoWorker: 503,
  EndpointFailed: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** Texts of failures name hosts, files and statements: those stay in the log. */
const INTERNAL = 'The request could not be answered; the log has the reason under this instance.';
const AWAY = 'Something that this answer needs is not reachable at the moment.';

export function problemOf(error: unknown, instance: string): Problem {
  const known = asNcfdError(error);
  const status = statusOf(error, known);
  const shown = status < 500;
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Internal Server Error',
    status,
    detail: shown ? known.message : status === 503 ? AWAY : INTERNAL,
    code: known.code,
    hint: shown ? known.hint : null,
    instance,
  };
}

function statusOf(error: unknown, { kind }: NcfdError): number {
  const own = isNcfdError(error) ? undefined : (error as Partial<FastifyError> | null)?.statusCode;
  if (own !== undefined && own >= 400 && own < 500) return own;
  return STATUS[kind] ?? 500;
}

/** fastify's own refusals (validation, media type, size) are the caller's; the rest is our bug. */
function asNcfdError(error: unknown): NcfdError {
  if (isNcfdError(error)) return error;
  const status = (error as Partial<FastifyError> | null)?.statusCode ?? 500;
  const kind = status < 500 ? 'BadRequest' : 'Bug';
  return new NcfdError(kind, messageOf(error), { cause: error });
}
