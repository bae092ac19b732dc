import { NcfdError } from '../../contracts/errors';

/** Bytes of one key: the limit of S3, and of a path on every file system we know. */
const KEY_BYTES_MAX = 1_024;
/** Bytes of one part of a key: the limit of a file name. */
const PART_BYTES_MAX = 200;

/**
 * Checks a key: parts joined by `/`, none empty, none `.` or `..`, no backslash, no control
 * character. So no key can name anything outside the store, on any driver.
 *
 * @throws NcfdError BadInput
 */
export function assertKey(key: string): void {
  const parts = key.split('/');
  const fits =
    Buffer.byteLength(key) <= KEY_BYTES_MAX && key.isWellFormed() && parts.every(isSafePart);
  if (!fits) {
    throw new NcfdError('BadInput', `not a key of an artifact: ${JSON.stringify(key)}`);
  }
}

function isSafePart(part: string): boolean {
  return (
    part !== '' &&
    !part.startsWith('.') &&
    Buffer.byteLength(part) <= PART_BYTES_MAX &&
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    !/[\\\u0000-\u001f\u007f]/.test(part)
  );
}

/** Checks the beginning of keys that `list` is asked for: a key, perhaps unfinished, or nothing. */
export function assertPrefix(prefix: string): void {
  const whole = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  if (whole !== '') assertKey(whole);
}

export const isCompressed = (key: string): boolean => key.endsWith('.gz');

/** Order of code points, which is the order of UTF-8 bytes; UTF-16 order differs above U+FFFF. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
