import { anyPhrase, bounded, phraseTest } from './words';

describe('phrases at word boundaries', () => {
  const hasPhrase = phraseTest(['os', 'self-reported', 'a.b']);

  it.each(['os', '(os)', 'os, pfs', "os's", 'self-reported', 'self reported', 'a.b'])(
    'are found in %j',
    (text) => expect(hasPhrase(text)).toBe(true),
  );

  it.each(['dose', 'os2', '1os', 'selfreported', 'acb', ''])('are not found in %j', (text) =>
    expect(hasPhrase(text)).toBe(false),
  );

  it('are tried with the longest first, so that a replacement takes all of a phrase', () => {
    const pattern = new RegExp(bounded(anyPhrase(['walk', 'walk test'])));
    expect('a walk test b'.replace(pattern, 'x')).toBe('a x b');
  });
});
