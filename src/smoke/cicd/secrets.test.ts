import { findSecrets, NO_SECRET } from './secrets';

/** Put together here, so that no file of the repository holds anything that looks like a secret. */
const planted = (...parts: readonly string[]) => parts.join('');
const RANDOM = planted('q8Zt', '4Lw0', 'Xc7V', 'b2Nm', '9Kd5');

describe('what looks like a secret', () => {
  it.each([
    ['private key', planted('-----BEGIN OPENSSH ', 'PRIVATE KEY-----')],
    ['private key', planted('-----BEGIN ', 'PRIVATE KEY-----')],
    ['AWS access key', planted('id = AKIA', 'IOSFODNN7EXAMPLE')],
    ['GitHub token', planted('ghp', '_', 'a'.repeat(36))],
    ['GitHub token', planted('github', '_pat_', 'A1'.repeat(20))],
    ['GitLab token', planted('glpat', '-', 'x'.repeat(20))],
    ['npm token', planted('//r/:_authToken=npm', '_', 'b'.repeat(36))],
    ['Slack token', planted('xoxb', '-1234567890-abcdef')],
    [
      'Slack web hook',
      planted('https://hooks.slack', '.com/services/T00000000/B00000000/', RANDOM),
    ],
    ['Google API key', planted('AIza', 'c'.repeat(35))],
    ['payment key', planted('sk', '_live_', RANDOM)],
    ['API key', planted('sk', '-', RANDOM, RANDOM)],
    ['signed token', planted('eyJhbGciOiJIUzI1', '.eyJzdWIiOiIxMjM0', '.', RANDOM)],
    ['password in a URL', planted('postgres://app:', 'hunter22x', '@db.internal/ncfd')],
    ['value in quotes', planted('const apiKey = "', RANDOM, '";')],
    ['value in quotes', planted('"db_password": "', RANDOM, '"')],
    ['value of a variable', planted('NCFD_S3_SECRET_ACCESS_KEY=', RANDOM)],
    ['value of a variable', planted('  POSTGRES_PASSWORD: ', RANDOM)],
    ['value of a variable', planted('ENV SLACK_TOKEN=', RANDOM)],
  ])('is found: %s', (rule, line) => {
    expect(findSecrets(`first\n${line}\nlast`)).toEqual([
      expect.objectContaining({ line: 2, rule }),
    ]);
  });

  it.each([
    'secretAccessKey: env.NCFD_S3_SECRET_ACCESS_KEY ?? stack?.s3?.secretAccessKey ?? null,',
    'password: ${{ secrets.REGISTRY_PASSWORD_2 }}',
    'NCFD_S3_SECRET_ACCESS_KEY=${S3_SECRET_ACCESS_KEY_2026}',
    'NCFD_SIGNING_KEY_FILE=/etc/ncfd/keys/signing-2026.pem',
    'token = "file:/run/secrets/token1"',
    'postgres://ncfd_app:${PGPASSWORD}@db/ncfd',
    'postgres://ncfd_app:ncfd-development@127.0.0.1:54329/ncfd',
    'const token = await exchange(code2, verifier2);',
    'token: "not a token 1234 at all"',
    'input_sha256 = "8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8"',
  ])('is not seen in %s', (line) => expect(findSecrets(line)).toEqual([]));

  it('is not repeated in what is said of it', () => {
    const [found] = findSecrets(`password = "${RANDOM}"`);
    expect(found?.excerpt).toBe(`${RANDOM.slice(0, 6)}…`);
  });

  it('is passed over on a line that says that it is none', () => {
    expect(findSecrets(`password = "${RANDOM}" // ${NO_SECRET}, because it is drawn`)).toEqual([]);
  });
});
