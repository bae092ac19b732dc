import { connect } from 'node:net';
import { once } from 'node:events';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { BOUNDS } from '../../src/api/app';
import type { ApiRoute } from '../../src/api/route';
import { ROUTES } from '../../src/api/routes';
import { mayUse } from '../../src/api/roles';
import { ROLES, SCOPES, type Role } from '../../src/contracts/access';
import { apiKeys, AUDIENCE, Issuer } from './callers';
import { openApiBed, type ApiBed } from './support';

const HASTE = { apiRequestsPerMinute: 100_000, apiAnonymousRole: 'none' } as const;

/** An address of its own for each request, as a proxy tells it: guessing is counted by address. */
let addresses = 0;
const fromElsewhere = (): Record<string, string> => {
  addresses += 1;
  return { 'x-forwarded-for': `10.0.${addresses >> 8}.${addresses & 255}` };
};

let bed: ApiBed;
let issuer: Issuer;
let keys: Record<Role | 'revoked' | 'expired' | 'narrow', string>;
const told: string[][] = [];

beforeAll(async () => {
  issuer = await Issuer.start();
  const oidc = { apiOidcIssuer: issuer.url, apiOidcAudience: AUDIENCE };
  bed = await openApiBed({ ...HASTE, ...oidc, apiTrustedProxies: '127.0.0.1' });
  await bed.publish();
  // Made while it is good, used when it is not.
  const expiry = Date.now() + 10_000;
  keys = await apiKeys(bed.harness, {
    reader: { role: 'reader' },
    analyst: { role: 'analyst' },
    operator: { role: 'operator' },
    admin: { role: 'admin' },
    revoked: { role: 'admin', revoked: true },
    expired: { role: 'admin', expiresAt: new Date(expiry).toISOString() },
    narrow: { role: 'admin', scopes: ['published'] },
  });
  while (Date.now() <= expiry) await new Promise((resolve) => setTimeout(resolve, 100));
}, 120_000);
afterAll(async () => {
  const lines = told.map((row) => row.join(' | '));
  process.stderr.write(`hostile requests and what each got:\n${lines.join('\n')}\n`);
  await bed.close();
  await issuer.close();
});

/** Names that fit the schemas of routes, of things that are not there. */
const EXAMPLES: Readonly<Record<string, string>> = {
  publication: 'current',
  nctId: 'NCT00000000',
  object: 'manifest.json',
  run: 'run-none',
  a: 'run-none',
  b: 'run-none',
};

function urlOf({ url }: ApiRoute): string {
  return url.replaceAll(/:(\w+)/g, (_, name: string) => {
    const example = EXAMPLES[name];
    if (example === undefined) throw new Error(`no example of ${name}: add one here`);
    return example;
  });
}

/** Status of a request to a route; beyond the gate there is nothing to find. */
async function ask(one: ApiRoute, credential?: string): Promise<number> {
  const response = await fetch(bed.api.url + urlOf(one), {
    method: one.method,
    headers: {
      ...fromElsewhere(),
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
      ...(one.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(one.body === undefined ? {} : { body: '{}' }),
    redirect: 'manual',
  });
  await response.body?.cancel();
  const leads = response.headers.get('location')?.startsWith('/sign-in?') ?? false;
  if (leads) expect([one.page, response.status]).toEqual([true, LED_TO_SIGN_IN]);
  return leads ? 401 : response.status;
}

/** What stands behind the gate answers with something else than 401, 403 and 429. */
const verdict = (status: number): number | 'let in' =>
  [401, 403, 429].includes(status) ? status : 'let in';
/** Who reads a page without a credential is led to the sign-in. */
const LED_TO_SIGN_IN = 303;

const NAMED = ROUTES.map((one) => [`${one.method} ${one.url}`, one] as const);

describe('every route', () => {
  it.each(NAMED)(
    'names a role that there is, and an audience that a key can have: %s',
    (_, one) => {
      expect(['public', ...ROLES]).toContain(one.role);
      if (one.role !== 'public') expect(SCOPES).toContain(one.group);
      // What changes something is never for readers; a sign-in changes nothing but a cookie.
      if (one.method === 'POST' && one.page !== true)
        expect(['operator', 'admin']).toContain(one.role);
    },
  );

  it.each(NAMED)('lets in the roles that it names and no other: %s', async (name, one) => {
    const seen: Record<string, unknown> = { nobody: verdict(await ask(one)) };
    const expected: Record<string, unknown> = { nobody: one.role === 'public' ? 'let in' : 401 };
    for (const role of ROLES) {
      const allowed = mayUse(role, one.role);
      seen[role] = verdict(await ask(one, keys[role]));
      expected[role] = allowed ? 'let in' : 403;
      const token = await issuer.token({ ncfd_roles: [role] });
      seen[`${role} token`] = verdict(await ask(one, token));
      expected[`${role} token`] = allowed ? 'let in' : 403;
    }
    seen['narrow'] = verdict(await ask(one, keys.narrow));
    expected['narrow'] = one.role === 'public' || one.group === 'published' ? 'let in' : 403;
    for (const spent of ['revoked', 'expired'] as const) {
      seen[spent] = verdict(await ask(one, keys[spent]));
      expected[spent] = one.role === 'public' ? 'let in' : 401;
    }
    told.push([name, ...Object.entries(seen).map(([who, got]) => `${who} ${String(got)}`)]);
    expect(seen).toEqual(expected);
  });

  it.each(NAMED)('answers to no other method: %s', async (_, one) => {
    for (const method of [
      'PUT',
      'DELETE',
      'PATCH',
      'OPTIONS',
      one.method === 'GET' ? 'POST' : 'PUT',
    ]) {
      if (ROUTES.some((other) => other.method === method && other.url === one.url)) continue;
      const { status } = await fetch(bed.api.url + urlOf(one), {
        method,
        headers: fromElsewhere(),
      });
      expect([method, status]).toEqual([method, 404]);
    }
  });
});

describe('a token', () => {
  const reads = (token: string) => ask(ROUTES[0] as ApiRoute, token);

  it('that is not of the issuer, for us, signed and in time is refused', async () => {
    const stranger = await generateKeyPair('ES256');
    const jwk = await issuer.publicJwk();
    const good = await issuer.token();
    const [head = '', body = '', signature = ''] = good.split('.');
    const changed = Buffer.from(
      JSON.stringify({
        ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as object),
        ncfd_roles: ['admin'],
      }),
    ).toString('base64url');
    const claims = { sub: 'ada', ncfd_roles: ['admin'] };
    const unsecured = new UnsecuredJWT(claims)
      .setIssuer(issuer.url)
      .setAudience(AUDIENCE)
      .setExpirationTime('5m');
    // The published key taken for a shared secret: a verifier that lets tokens choose believes it.
    const confused = new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .setIssuer(issuer.url)
      .setAudience(AUDIENCE)
      .setExpirationTime('5m');
    const cases: Record<string, string> = {
      'for another audience': await issuer.token({ aud: 'somebody-else' }),
      'of another issuer': await issuer.token({ iss: 'https://issuer.example' }),
      'that has expired': await issuer.token({}, { lifetime: Math.floor(Date.now() / 1_000) - 60 }),
      'not valid yet': await issuer.token({ nbf: Math.floor(Date.now() / 1_000) + 600 }),
      'signed by a stranger': await issuer.token({}, { signedBy: stranger.privateKey }),
      'with alg none': unsecured.encode(),
      'signed with the public key as a secret': await confused.sign(
        Buffer.from(JSON.stringify(jwk)),
      ),
      'with changed claims': `${head}.${changed}.${signature}`,
      'without its signature': `${head}.${body}.`,
      'with a subject that breaks lines': await issuer.token({ sub: 'ada\nadmin' }),
      'that is none': 'not-a-token',
      'that is a key of the wrong form': `ncfd_${'0'.repeat(12)}_${'A'.repeat(43)}`,
      'that is longer than any': 'x'.repeat(8_500),
    };
    for (const [name, token] of Object.entries(cases)) {
      const status = await reads(token);
      told.push([`token ${name}`, String(status)]);
      expect([name, status]).toEqual([name, 401]);
    }
    expect(await reads(good)).toBe(200);
    expect(await reads(await issuer.token({ ncfd_roles: [] }))).toBe(403);
    expect(await reads(await issuer.token({ ncfd_roles: 'root reader' }))).toBe(200);
  });

  it('of a key that came with a rotation is good, and of one that went with it is not', async () => {
    const before = await issuer.token();
    expect(await reads(before)).toBe(200);
    await issuer.rotate();
    const after = await issuer.token();
    // Unknown keys are not asked for at every request.
    const end = Date.now() + 20_000;
    while ((await reads(after)) !== 200 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect([await reads(after), await reads(before)]).toEqual([200, 401]);
  });
});

describe('a write', () => {
  it('is recorded with who asked, why and from where, before it is done; a dry run is not', async () => {
    const input = await bed.harness.register();
    const { runId } = input.header;
    const cancel = (dryRun: boolean) =>
      fetch(`${bed.api.url}/v1/runs/${runId}/cancel`, {
        method: 'POST',
        headers: {
          ...fromElsewhere(),
          authorization: `Bearer ${keys.operator}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ reason: `wrong set'; DROP TABLE runs; --`, dryRun }),
      });
    const records = () =>
      bed.harness.query<{ line: string }>(
        `SELECT action || ' ' || actor || ': ' || reason AS line FROM audit_log
          WHERE subject = $1 AND reason <> '' ORDER BY seq`,
        [runId],
      );
    const dry = await cancel(true);
    expect(await dry.json()).toMatchObject({ run: runId, outcome: 'would' });
    expect(await records()).toEqual([]);
    const real = await cancel(false);
    expect(await real.json()).toMatchObject({ run: runId, outcome: 'done' });
    expect((await records()).map(({ line }) => line)).toEqual([
      `api-run-cancel key:operator: wrong set'; DROP TABLE runs; --`,
      `run-cancelled key:operator: wrong set'; DROP TABLE runs; --`,
    ]);
    expect((await bed.harness.stores.runs.run(runId))?.status).toBe('cancelled');
    const audit = await fetch(`${bed.api.url}/v1/audit?subject=${runId}&action=api-run-cancel`, {
      headers: { authorization: `Bearer ${keys.admin}` },
    });
    const { items } = (await audit.json()) as { items: readonly object[] };
    expect(items).toEqual([
      expect.objectContaining({
        actor: 'key:operator',
        detail: expect.objectContaining({
          role: 'operator',
          by: 'api-key',
          address: expect.stringMatching(/^10\.0\./),
        }),
      }),
    ]);
  });

  it('starts a run as the command line does, by name of a shipped set and never by path', async () => {
    const start = async (body: object) => {
      const response = await fetch(`${bed.api.url}/v1/runs`, {
        method: 'POST',
        headers: {
          ...fromElsewhere(),
          authorization: `Bearer ${keys.operator}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ mode: 'post_readout', reason: 'a test', ...body }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    for (const parameters of ['../../etc/passwd', '/etc/passwd', 'nosuch', 'seed.json']) {
      expect([parameters, (await start({ parameters })).status]).toEqual([parameters, 400]);
    }
    const wish = { asOf: '2026-06-30', universe: 'all', again: true };
    expect(await start({ ...wish, dryRun: true })).toMatchObject({
      body: { outcome: 'would start', run: null },
    });
    const { body } = await start(wish);
    expect(body).toMatchObject({ outcome: 'started', run: expect.stringMatching(/^run-/) });
    const run = await bed.harness.stores.runs.run(String(body['run']));
    const result = await bed.harness.client.awaitRun(run?.header.runKey ?? '', { pollMs: 50 });
    expect(result.status).toBe('published');
  });
});

describe('a request that is', () => {
  const status = async (what: string, init: RequestInit = {}) => {
    const headers = {
      ...fromElsewhere(),
      authorization: `Bearer ${keys.admin}`,
      ...init.headers,
    };
    const response = await fetch(bed.api.url + what, { ...init, headers });
    const text = await response.text();
    return { status: response.status, text, type: response.headers.get('content-type') };
  };
  const JSON_HEADERS = { 'content-type': 'application/json' };

  it.each<[string, string, RequestInit, number]>([
    [
      'larger than the bound',
      '/v1/runs',
      { method: 'POST', headers: JSON_HEADERS, body: `{"reason":"${'x'.repeat(70_000)}"}` },
      413,
    ],
    [
      'of another media type',
      '/v1/runs',
      { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' },
      415,
    ],
    ['not JSON', '/v1/runs', { method: 'POST', headers: JSON_HEADERS, body: '{"mode":' }, 400],
    ['an array', '/v1/runs', { method: 'POST', headers: JSON_HEADERS, body: '[]' }, 400],
    [
      'after the prototype',
      '/v1/runs',
      {
        method: 'POST',
        headers: JSON_HEADERS,
        body: '{"__proto__":{"admin":true},"mode":"post_readout","reason":"x"}',
      },
      400,
    ],
    [
      'with a member too many',
      '/v1/runs',
      {
        method: 'POST',
        headers: JSON_HEADERS,
        body: '{"mode":"post_readout","reason":"x","role":"admin"}',
      },
      400,
    ],
    ['SQL in a path', `/v1/publications/${encodeURIComponent(`x' OR 1=1 --`)}`, {}, 400],
    [
      'SQL in a filter',
      `/v1/publications/current/scores?text=${encodeURIComponent(`'; DROP TABLE runs; --`)}`,
      {},
      200,
    ],
    [
      'SQL in a cursor',
      `/v1/runs?cursor=${Buffer.from(JSON.stringify({ after: `' OR '1'='1` })).toString('base64url')}`,
      {},
      200,
    ],
    ['a way up', '/v1/publications/current/objects/..%2f..%2f..%2fetc%2fpasswd', {}, 400],
    ['a way up in the path', '/v1/../../etc/passwd', {}, 404],
    ['a NUL', '/v1/publications/current/scores?text=%00', {}, 200],
    ['not decodable', '/v1/publications/%zz', {}, 400],
    [
      'markup',
      `/v1/publications/current/scores?text=${encodeURIComponent('<script>alert(1)</script>')}`,
      {},
      200,
    ],
    ['a longer path than any', `/v1/publications/${'a'.repeat(5_000)}`, {}, 414],
    ['the same parameter twice', '/v1/publications/current/scores?limit=1&limit=2', {}, 400],
  ])('%s is answered with what it deserves', async (name, what, init, expected) => {
    const got = await status(what, init);
    told.push([name, String(got.status)]);
    expect([name, got.status]).toEqual([name, expected]);
    if (expected >= 400) expect(got.type).toBe('application/problem+json; charset=utf-8');
    expect(got.text).not.toMatch(/<script>|at \w+ \(|node_modules|postgres:/);
  });

  it.each([
    ['that never ends its head', 'GET /livez HTTP/1.1\r\nhost: x\r\n'],
    [
      'that never ends its body',
      'POST /v1/runs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer KEY\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    ],
    ['that says nothing', ''],
  ])(
    'sent by a client %s is ended in time, and others are served meanwhile',
    async (name, text) => {
      const slow = await bed.another(HASTE, { ...BOUNDS, requestMs: 1_000, silenceMs: 2_000 });
      const port = Number(new URL(slow.url).port);
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      await once(socket, 'connect');
      if (text !== '') socket.write(text.replace('KEY', keys.admin));
      const closed = once(socket, 'close');
      expect((await fetch(`${slow.url}/livez`)).status).toBe(200);
      await closed;
      told.push([`client ${name}`, answer.split('\r\n')[0] || 'closed']);
      expect(answer).toMatch(/^$|^HTTP\/1\.1 40[18] /);
    },
  );

  it('no HTTP is answered with 400 and closed', async () => {
    const socket = connect(Number(new URL(bed.api.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.write('\u0016\u0003\u0001 hello\r\n\r\n');
    await once(socket, 'close');
    told.push(['no HTTP', answer.split('\r\n')[0] ?? '']);
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s);
  });

  it('one too many is told when to come back; others are served meanwhile', async () => {
    const few = await bed.another({ ...HASTE, apiRequestsPerMinute: 5 });
    const read = (key: string) =>
      fetch(`${few.url}/v1/publications`, { headers: { authorization: `Bearer ${key}` } });
    const seen: number[] = [];
    for (let n = 0; n < 7; n += 1) seen.push((await read(keys.reader)).status);
    expect(seen).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const refused = await read(keys.reader);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await read(keys.analyst)).status).toBe(200);
    told.push(['requests beyond the rate', '429']);
  });

  it('guessing keys is slowed down for its address', async () => {
    const guessed = await bed.another(HASTE);
    const guess = () =>
      fetch(`${guessed.url}/v1/publications`, {
        headers: { authorization: `Bearer ncfd_${'0'.repeat(12)}_${'A'.repeat(43)}` },
      });
    const seen = new Set<number>();
    for (let n = 0; n < 40; n += 1) seen.add((await guess()).status);
    told.push(['forty guessed keys', [...seen].join(', then ')]);
    expect([...seen]).toEqual([401, 429]);
  });
});
