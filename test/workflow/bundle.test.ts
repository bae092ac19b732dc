import { bundle } from '../../src/worker/bundle';

test('the workflow bundle is the same at every build and carries no source map', async () => {
  const first = await bundle();
  const second = await bundle();
  expect(second.code).toBe(first.code);
  expect(first.code).not.toContain('sourceMappingURL=data');
  expect(first.code.length).toBeLessThan(800_000);
});
