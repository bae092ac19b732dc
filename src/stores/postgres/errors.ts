import { NcfdError, isNcfdError, messageOf } from '../../contracts/errors';

/** SQLSTATEs after which the same call may succeed: the server or another session was in the way. */
const RETRYABLE = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available
  '57014', // statement timeout or cancelled
  '53300', // too many connections
  '53200', // out of memory
  '25P03', // idle transaction timeout
]);
const UNREACHABLE = new Set(['57P01', '57P02', '57P03']);
const REFUSED = new Set(['28P01', '28000', '3D000', '42501']);
const SCHEMA = new Set(['42P01', '42703', '42883', '3F000']);
const DISK_FULL = '53100';
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ENOENT',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
]);
const LOST_CONNECTION =
  /connection terminated|terminated unexpectedly|timeout exceeded when trying|connection timeout|timeout expired|server closed the connection|not queryable|ECONNREFUSED|ECONNRESET/i;

export const UNIQUE_VIOLATION = '23505';

/** SQLSTATE or system error code of anything a driver throws, looked for along the causes. */
export function sqlStateOf(error: unknown): string | null {
  for (
    let at: unknown = error, depth = 0;
    at !== null && typeof at === 'object' && depth < 5;
    depth += 1
  ) {
    const { code, cause } = at as { code?: unknown; cause?: unknown };
    if (typeof code === 'string' && !isNcfdError(at)) return code;
    const errors = (at as { errors?: unknown }).errors; // AggregateError of a refused connection
    at = cause ?? (Array.isArray(errors) ? errors[0] : null);
  }
  return null;
}

/** One place where errors of the database become ours: what happened, and what to do. */
export function databaseError(error: unknown): NcfdError {
  if (isNcfdError(error)) return error;
  const code = sqlStateOf(error);
  const text = rootMessage(error);
  if (code === DISK_FULL) {
    return new NcfdError('DatabaseRefused', `the database has no disk space left: ${text}`, {
      hint: 'Free disk space on the database server, then start the command again.',
      retryable: true,
      cause: error,
    });
  }
  if (isUnreachable(code, text)) {
    return new NcfdError('DatabaseUnreachable', `cannot reach the database: ${text}`, {
      hint: 'Start it with `ncfd dev`, or set NCFD_DATABASE_URL.',
      retryable: true,
      cause: error,
    });
  }
  if (code !== null && SCHEMA.has(code)) {
    return new NcfdError('SchemaMismatch', `the database has another schema: ${text}`, {
      hint: 'Run `ncfd migrate up`.',
      cause: error,
    });
  }
  return new NcfdError('DatabaseRefused', `the database refused: ${text}`, {
    ...(code !== null && REFUSED.has(code)
      ? { hint: 'Check user, password, database name and role of NCFD_DATABASE_URL.' }
      : {}),
    retryable: code !== null && RETRYABLE.has(code),
    cause: error,
  });
}

function isUnreachable(code: string | null, text: string): boolean {
  if (code !== null && /^[0-9A-Z]{5}$/.test(code) && !NETWORK.has(code)) {
    return UNREACHABLE.has(code) || code.startsWith('08');
  }
  return (code !== null && NETWORK.has(code)) || LOST_CONNECTION.test(text);
}

/** Message of the innermost cause; drivers wrap the one that tells. */
function rootMessage(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5; depth += 1) {
    const next =
      (at as { cause?: unknown } | null)?.cause ??
      (at as { errors?: unknown[] } | null)?.errors?.[0];
    if (next === undefined || next === null) break;
    at = next;
  }
  return messageOf(at);
}
