import { z } from 'zod/v4';
import { messageOf } from '../../contracts/errors';
import type { Environment } from '../stack-file';
import type { SecretSource } from './resolve';

/** Vault answers within milliseconds; a start must not hang on it. */
const TIMEOUT_MS = 5_000;

const Answer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()).nullable() }) });

/** Secrets of HashiCorp Vault, KV version 2, addressed by the variables that its own tools read. */
export function vaultSource(env: Environment): SecretSource {
  return {
    read: async (reference) => {
      if (reference.scheme !== 'vault') throw new TypeError(`not of Vault: ${reference.scheme}`);
      const {
        VAULT_ADDR: address = '',
        VAULT_TOKEN: token = '',
        VAULT_NAMESPACE: space = '',
      } = env;
      if (address === '' || token === '') {
        throw new Error('VAULT_ADDR and VAULT_TOKEN must be set to read it');
      }
      const place = `${reference.mount}/data/${reference.path}`;
      const answer = await ask(`${address.replace(/\/+$/, '')}/v1/${place}`, token, space);
      const value = answer.data.data?.[reference.key];
      if (typeof value === 'string') return value;
      throw new Error(`${reference.mount}/${reference.path} has no text at key ${reference.key}`);
    },
  };
}

async function ask(url: string, token: string, namespace: string): Promise<z.infer<typeof Answer>> {
  const headers = {
    'x-vault-token': token,
    'x-vault-request': 'true',
    ...(namespace === '' ? {} : { 'x-vault-namespace': namespace }),
  };
  // A redirect could carry the token to another host.
  const options = { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
  let response: Response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(`Vault cannot be reached: ${messageOf(cause)}`, { cause: error });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`Vault answered ${response.status}${MEANING[response.status] ?? ''}`);
  }
  const parsed = Answer.safeParse(await response.json().catch(() => null));
  if (parsed.success) return parsed.data;
  throw new Error('Vault answered something that is no secret of KV version 2');
}

const MEANING: Readonly<Record<number, string>> = {
  403: ': VAULT_TOKEN may not read it',
  404: ': there is no such secret',
  503: ': it is sealed',
};
