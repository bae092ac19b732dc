import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf, NcfdError } from '../contracts/errors';

/** A fresh Ed25519 pair as PEM texts. */
export function generateSigningKey(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** @throws NcfdError `BadConfig` when the file holds no Ed25519 private key */
export function readPrivateKey(file: string): KeyObject {
  return ed25519(file, 'private', createPrivateKey);
}

/** The public key of a file that holds either half. @throws NcfdError `BadConfig` */
export function readPublicKey(file: string): KeyObject {
  return ed25519(file, 'public', createPublicKey);
}

function ed25519(file: string, half: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    const key = read(readFileSync(file, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new TypeError(`it is a key of type ${key.asymmetricKeyType}`);
  } catch (cause) {
    throw new NcfdError('BadConfig', `${file} holds no Ed25519 ${half} key: ${messageOf(cause)}`, {
      hint: 'Make a pair with `ncfd keys generate FILE`.',
      cause,
    });
  }
}
