import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../contracts/errors';
import type { Environment } from '../stack-file';
import { awsSource } from './aws';
import type { SecretReference } from './reference';
import { vaultSource } from './vault';

/** A secret, or why it cannot be had; the reason never holds a secret. */
export type Resolved =
  { readonly ok: true; readonly value: string } | { readonly ok: false; readonly reason: string };

/** Where secrets of one scheme are kept. */
export interface SecretSource {
  /** @throws Error with a reason that holds no secret */
  read(reference: SecretReference): Promise<string>;
}

/** A larger file is no secret. Bytes. */
const MAX_FILE = 64 * 1_024;

/**
 * What was fetched from servers, by reference: asked once per process, when it starts. A secret
 * that changes is taken up by the next process.
 */
const fetched = new Map<string, Resolved>();

/** Fetches what servers keep, all at once. Never throws: what failed is told where it is used. */
export async function fetchSecrets(
  references: readonly SecretReference[],
  env: Environment,
): Promise<void> {
  const remote = references.filter(({ scheme }) => scheme === 'vault' || scheme === 'aws-sm');
  const missing = new Map(
    remote.filter(({ text }) => !fetched.has(text)).map((reference) => [reference.text, reference]),
  );
  await Promise.all(
    [...missing.values()].map(async (reference) => {
      fetched.set(reference.text, await fetchOne(reference, env));
    }),
  );
}

async function fetchOne(reference: SecretReference, env: Environment): Promise<Resolved> {
  try {
    const source = reference.scheme === 'vault' ? vaultSource(env) : awsSource(env);
    const value = await source.read(reference);
    return value === '' ? failed('it is empty') : { ok: true, value };
  } catch (error) {
    return failed(messageOf(error));
  }
}

/** The value of a reference; what servers keep must have been fetched before. */
export function resolveSecret(
  reference: SecretReference,
  env: Environment,
  folder: string,
): Resolved {
  switch (reference.scheme) {
    case 'env': {
      const value = env[reference.variable] ?? '';
      return value === '' ? failed(`${reference.variable} is not set`) : { ok: true, value };
    }
    case 'file':
      return fromFile(path.resolve(folder, reference.path));
    default:
      return fetched.get(reference.text) ?? failed('it was not fetched when the process started');
  }
}

/** One line end at the end belongs to the file, not to the secret. */
function fromFile(file: string): Resolved {
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE) return failed(`${file} has ${size} bytes, a secret at most ${MAX_FILE}`);
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return value === '' ? failed(`${file} is empty`) : { ok: true, value };
  } catch (error) {
    return failed(messageOf(error));
  }
}

const failed = (reason: string): Resolved => ({ ok: false, reason });
