import { createPublicKey } from 'node:crypto';
import type { Settings } from '../config/settings';
import { readPrivateKey } from '../config/signing-key';
import { manifestSigner, type ManifestSigner } from '../report/signature';

/** The signer of the configured key; null when none is configured, and publications are unsigned. */
export function configuredSigner({ signingKeyFile }: Settings): ManifestSigner | null {
  if (signingKeyFile === null) return null;
  const key = readPrivateKey(signingKeyFile);
  return manifestSigner(key, createPublicKey(key));
}
