import { maskSecrets, maskWords, rememberPassword, rememberSecret } from './mask';

test('a secret is masked as it is, in an address and in JSON', () => {
  const secret = 'p@ss "word"/41';
  rememberSecret(secret);
  for (const form of [secret, encodeURIComponent(secret), JSON.stringify({ secret })]) {
    expect(maskSecrets(`before ${form} after`)).toMatch(/^before .*\*\*\*.* after$/);
    expect(maskSecrets(form)).not.toContain('word');
  }
});

test('the password of an address is masked alone too, decoded and encoded', () => {
  const address = 'postgres://app:s%2Fecret-in-address@db/ncfd'; // not-a-secret, because it is made up
  rememberPassword(address);
  expect(maskSecrets('s/ecret-in-address')).toBe('***');
  expect(maskSecrets(address)).toBe('postgres://app:***@db/ncfd');
});

test('a key of many lines is masked line by line', () => {
  rememberSecret('-----BEGIN-----\nline-of-a-private-key\n-----END-----');
  expect(maskSecrets('at line-of-a-private-key!')).toBe('at ***!');
});

test('a word is no secret however short a password is, but no address keeps one', () => {
  rememberSecret('trial');
  expect(maskSecrets('a trial of postgres://app:trial@db')).toBe(
    'a trial of postgres://app:trial@db',
  );
  expect(maskWords('a trial of postgres://app:trial@db')).toBe('a trial of postgres://app:***@db');
});
