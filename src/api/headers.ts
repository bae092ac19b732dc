import type { FastifyReply } from 'fastify';
import { codeVersion } from '../config/code-version';
import { sha256, type Sha256 } from '../domain/manifest/digest';

/** On every answer: nothing of ours is framed, sniffed, sent on or run. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Pages have a style sheet and a script of their own, and ask nobody else for anything. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Marks an answer that follows from a publication and from our code alone. What is asked for again
 * with the same mark is not sent again.
 *
 * @param reader whose page it is, where pages say so
 * @returns true when the caller has it already; the answer is then 304 and without a body
 */
export function isKnown(
  reply: FastifyReply,
  ifNoneMatch: string | undefined,
  publication: Sha256,
  reader = '',
): boolean {
  const whose = reader === '' ? '' : `.${sha256(reader).slice(0, 12)}`;
  const tag = `"${publication}.${codeVersion().slice(-12)}${whose}"`;
  void reply.header('etag', tag).header('cache-control', 'private, no-cache');
  const asked = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return asked.includes(tag) || asked.includes('*');
}
