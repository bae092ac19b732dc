import { codeVersion } from './code-version';

test('the code version names package, code and runtime, and stays the same in a process', () => {
  expect(codeVersion()).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{12}\.node\d+\.\d+$/);
  expect(codeVersion()).toBe(codeVersion());
});

test('the code version fits its column', () => {
  expect(codeVersion().length).toBeLessThanOrEqual(64);
});
