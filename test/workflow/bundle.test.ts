import { DefaultLogger } from '@temporalio/worker';
import { bundle } from '../../src/worker/bundle';

const quiet = new DefaultLogger('ERROR');

test('the workflow bundle is the same at every build, and holds no validation library', async () => {
  const first = await bundle(quiet);
  const second = await bundle(quiet);
  expect(second.code).toBe(first.code);
  // Heavy module state in the workflow thread has ended workers (sdk-typescript#2227).
  expect(first.code).not.toContain('node_modules/zod/');
  expect(first.code).not.toContain('src/activities/');
});
