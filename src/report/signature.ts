import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../domain/json';
import { canonicalJson } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import type { Mode } from '../domain/vocabulary';

/** Name of the signature beside the manifest. */
export const SIGNATURE_NAME = 'manifest.sig.json';
const FORMAT = 1;
const ALGORITHM = 'ed25519';

/** What a signature says: this publication of this mode follows that one. */
export interface SignedStatement {
  readonly publicationSha256: Sha256;
  readonly mode: Mode;
  /** The publication that was current before; null for the first of a mode. */
  readonly previous: Sha256 | null;
}

/** Signs statements of one key. */
export interface ManifestSigner {
  readonly keyId: string;
  sign(statement: SignedStatement): JsonObject;
}

/** First 16 hex digits of the SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

/** Ed25519 gives equal bytes for equal statements, so a repeated step signs the same. */
export function manifestSigner(privateKey: KeyObject, publicKey: KeyObject): ManifestSigner {
  const keyId = keyIdOf(publicKey);
  return {
    keyId,
    sign: (statement) => {
      const said = saidOf(statement, keyId);
      const signature = sign(null, Buffer.from(canonicalJson(said)), privateKey).toString('hex');
      return { ...said, signature };
    },
  };
}

const saidOf = ({ publicationSha256, mode, previous }: SignedStatement, keyId: string) => ({
  format: FORMAT,
  algorithm: ALGORITHM,
  key_id: keyId,
  publication_sha256: publicationSha256,
  mode,
  previous,
});

/**
 * Holds a stored signature against what it should say.
 *
 * @returns what is wrong with it, or null
 */
export function signatureProblem(
  stored: unknown,
  expected: SignedStatement,
  publicKey: KeyObject,
): string | null {
  if (!isJsonObject(stored)) return 'is no signature';
  const { signature, ...said } = stored;
  const wanted: JsonObject = saidOf(expected, keyIdOf(publicKey));
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(said)])) {
    if (said[name] !== wanted[name]) {
      return `says ${name} ${JSON.stringify(said[name])}, expected is ${JSON.stringify(wanted[name])}`;
    }
  }
  // Strict hex: a text that decodes to the same bytes is another text.
  if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature)) {
    return 'has no signature of 128 hex digits';
  }
  const good = verify(
    null,
    Buffer.from(canonicalJson(said)),
    publicKey,
    Buffer.from(signature, 'hex'),
  );
  return good ? null : 'is not signed by this key: signature and content do not belong together';
}
