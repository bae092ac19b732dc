import { createHash } from 'node:crypto';
import type { Json } from '../json';
import { canonicalJson } from './canonical-json';

/** 64 lower-case hex digits. */
export type Sha256 = string;

/** SHA-256 of the UTF-8 bytes of a text, or of bytes, as lower-case hex. */
export function sha256(content: string | Uint8Array): Sha256 {
  return createHash('sha256').update(content).digest('hex');
}

/** SHA-256 of the canonical JSON (RFC 8785) of a value. */
export function digestOf(value: Json | object): Sha256 {
  return sha256(canonicalJson(value));
}
