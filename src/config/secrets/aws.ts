import { messageOf } from '../../contracts/errors';
import type { Environment } from '../stack-file';
import type { SecretSource } from './resolve';

const CONNECT_TIMEOUT_MS = 2_000;
const TIMEOUT_MS = 5_000;
const ATTEMPTS = 2;

/**
 * Secrets of AWS Secrets Manager. The SDK finds credentials where all AWS tools do (variables,
 * profile, role of the pod or instance) and signs the requests.
 */
export function awsSource(env: Environment): SecretSource {
  return {
    read: async (reference) => {
      if (reference.scheme !== 'aws-sm') throw new TypeError(`not of AWS: ${reference.scheme}`);
      const text = await secretText(reference.id, env);
      return reference.key === null ? text : memberOf(text, reference.key, reference.id);
    },
  };
}

async function secretText(id: string, env: Environment): Promise<string> {
  // The SDK speaks of Node versions on standard error, which is not its to write to.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { GetSecretValueCommand, SecretsManagerClient } =
    await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ ...optionsOf(env), maxAttempts: ATTEMPTS });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (SecretString !== undefined) return SecretString;
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    throw new Error(`AWS Secrets Manager: ${name}: ${messageOf(error)}`, { cause: error });
  } finally {
    client.destroy();
  }
  throw new Error(`${id} holds bytes; only texts are read`);
}

function optionsOf(env: Environment) {
  const { AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint, AWS_REGION: region } = env;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const { AWS_SESSION_TOKEN: sessionToken } = env;
  return {
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
    ...(accessKeyId && secretAccessKey
      ? {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken ? { sessionToken } : {}),
          },
        }
      : {}),
  };
}

function memberOf(text: string, key: string, id: string): string {
  let value: unknown;
  try {
    value = (JSON.parse(text) as Readonly<Record<string, unknown>> | null)?.[key];
  } catch {
    throw new Error(`${id} is no JSON object, so it has no key ${key}`);
  }
  if (typeof value === 'string') return value;
  throw new Error(`${id} has no text at key ${key}`);
}
