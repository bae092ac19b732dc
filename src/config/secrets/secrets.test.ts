import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchConfiguredSecrets, readConfiguration } from '../configuration';
import { maskSecrets } from './mask';

/** What a server answers: status and body. */
type Answer = (request: IncomingMessage, body: string) => readonly [number, unknown];

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function serve(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [status, body] = answer(request, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const DATABASE = 'postgres://app:from-a-secret-store@db/ncfd'; // not-a-secret, because it is made up

async function read(env: Readonly<Record<string, string>>) {
  const sources = { env: { NCFD_HOME: '/nonexistent', ...env }, cwd: '/' };
  await fetchConfiguredSecrets(sources);
  return readConfiguration(sources);
}

describe('secrets of Vault', () => {
  const TOKEN = 'token-of-the-test';
  let asked: string[] = [];
  beforeEach(() => (asked = []));

  /** Speaks the HTTP interface of a KV version 2 engine mounted at `secret`. */
  const vault = () =>
    serve(({ url = '', headers, method }) => {
      asked.push(`${method} ${url}`);
      if (headers['x-vault-token'] !== TOKEN) return [403, { errors: ['permission denied'] }];
      if (url !== '/v1/secret/data/ncfd/db') return [404, { errors: [] }];
      return [200, { data: { data: { url: DATABASE, n: 5 }, metadata: { version: 3 } } }];
    });

  test('are fetched once, used, and masked', async () => {
    const env = {
      VAULT_ADDR: await vault(),
      VAULT_TOKEN: TOKEN,
      NCFD_DATABASE_URL: 'vault:secret/ncfd/db#url',
    };
    await read(env);
    const { values, problems, settings } = await read(env);
    expect([values.databaseUrl, problems]).toEqual([DATABASE, []]);
    expect(asked).toEqual(['GET /v1/secret/data/ncfd/db']);
    expect(settings.find(({ name }) => name === 'database.url')).toMatchObject({
      shown: 'postgres://app:***@db/ncfd',
      where: 'NCFD_DATABASE_URL (vault:secret/ncfd/db#url)',
    });
    expect(maskSecrets(`x ${DATABASE} ${TOKEN}`)).toBe('x postgres://app:***@db/ncfd ***');
  });

  test.each([
    ['vault:secret/ncfd/absent#url', TOKEN, 'there is no such secret'],
    ['vault:secret/ncfd/db#n', TOKEN, 'has no text at key n'],
    ['vault:secret/ncfd/db#url2', 'another-token', 'VAULT_TOKEN may not read it'],
    ['vault:secret/ncfd/db#url3', '', 'VAULT_ADDR and VAULT_TOKEN must be set'],
  ])('that cannot be read are told with the reason: %s', async (reference, token, reason) => {
    const { problems } = await read({
      VAULT_ADDR: await vault(),
      VAULT_TOKEN: token,
      NCFD_DATABASE_URL: reference,
    });
    expect(problems).toEqual([
      { where: 'NCFD_DATABASE_URL', message: expect.stringContaining(reason) },
    ]);
  });

  test('a server that is not there is told, and stops nothing that needs no secret', async () => {
    const address = { VAULT_ADDR: 'http://127.0.0.1:9', VAULT_TOKEN: TOKEN };
    const { problems } = await read({ ...address, NCFD_READER_URL: 'vault:kv/gone#url' });
    expect(problems[0]?.message).toContain('Vault cannot be reached');
  });
});

describe('secrets of AWS Secrets Manager', () => {
  const KEY = {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'signing-secret-of-the-test',
  };

  /** Speaks the JSON 1.1 protocol, and refuses what is not signed with our key. */
  const manager = () =>
    serve((request, body) => {
      if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') return [400, {}];
      if (signatureOf(request, body) !== signed(request)) {
        return [
          400,
          { __type: 'InvalidSignatureException', message: 'not signed by whom it says' },
        ];
      }
      const { SecretId: id } = JSON.parse(body) as { SecretId: string };
      if (id === 'ncfd/plain') return [200, { Name: id, SecretString: DATABASE }];
      if (id === 'ncfd/db')
        return [200, { Name: id, SecretString: JSON.stringify({ url: DATABASE }) }];
      return [400, { __type: 'ResourceNotFoundException', message: `no secret ${id}` }];
    });

  const readWith = async (reference: string, key = KEY) =>
    read({
      ...key,
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: await manager(),
      NCFD_DATABASE_URL: reference,
    });

  test.each(['aws-sm:ncfd/plain', 'aws-sm:ncfd/db#url'])(
    'are fetched with a signed request: %s',
    async (reference) => {
      const { values, problems } = await readWith(reference);
      expect([problems, values.databaseUrl]).toEqual([[], DATABASE]);
    },
  );

  test.each([
    ['aws-sm:ncfd/absent', KEY, 'ResourceNotFoundException'],
    ['aws-sm:ncfd/db#password', KEY, 'has no text at key password'],
    ['aws-sm:ncfd/plain#key', KEY, 'is no JSON object'],
    [
      'aws-sm:ncfd/db#other',
      { ...KEY, AWS_SECRET_ACCESS_KEY: 'not-the-right-secret' },
      'InvalidSignatureException',
    ],
  ])('that cannot be read are told with the reason: %s', async (reference, key, reason) => {
    const { problems } = await readWith(reference, key);
    expect(problems[0]?.message).toContain(reason);
    expect(JSON.stringify(problems)).not.toContain(KEY.AWS_SECRET_ACCESS_KEY);
  });

  const signed = ({ headers }: IncomingMessage): string | undefined =>
    /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1];

  /** AWS signature version 4 of a request, as its documentation computes it. */
  function signatureOf({ headers, method, url }: IncomingMessage, body: string): string {
    const [, scope = '', names = ''] =
      /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
    const canonical = [
      method,
      url,
      '',
      ...names.split(';').map((name) => `${name}:${String(headers[name])}`),
      '',
      names,
      sha256(body),
    ].join('\n');
    const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
    const key = scope
      .split('/')
      .reduce<string | Buffer>(
        (above, part) => hmac(above, part),
        `AWS4${KEY.AWS_SECRET_ACCESS_KEY}`,
      );
    return hmac(key, text).toString('hex');
  }
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
});
