import { maskSecrets, rememberSecret } from '../../src/config/secrets/mask';
import type { ArtifactStore } from '../../src/ports/artifact-store';
import { createHarness, type Harness } from './support/harness';

const SECRET = 'planted/Secret "of" 7 rivers';
rememberSecret(SECRET);

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness();
});
afterAll(() => harness.close());

/** A store that fails as drivers do: with what it was configured with in its words. */
function leaking(real: ArtifactStore): ArtifactStore {
  return new Proxy(real, {
    get(target, member) {
      const own: unknown = Reflect.get(target, member, target);
      if (member !== 'put') return typeof own === 'function' ? own.bind(target) : own;
      return async (): Promise<never> => {
        const cause = new Error(`login with ${SECRET} was refused`);
        throw new TypeError(`cannot write with ${encodeURIComponent(SECRET)}`, { cause });
      };
    },
  });
}

test('a failure that Temporal stores has no secret in message, stack, details or cause', async () => {
  await harness.startWorker({ artifacts: leaking });
  const input = await harness.register();
  await harness.client.startRun(input);
  await expect(harness.client.awaitRun(input.header.runKey)).rejects.toThrow();
  const histories: string[] = [];
  for await (const { history } of harness.client.histories({ run: input.header.runKey }, 100)) {
    histories.push(withPayloads(JSON.stringify(history)));
  }
  const stored = histories.join('\n');
  expect(stored).toContain('cannot write with ***');
  expect(stored).toContain('login with *** was refused');
  expect(stored).toContain('stackTrace');
  for (const form of [SECRET, encodeURIComponent(SECRET), 'of\\" 7 rivers']) {
    expect(stored).not.toContain(form);
  }
  expect(maskSecrets(stored)).toBe(stored);
});

/** JSON of a history with its payloads as text. */
const withPayloads = (json: string): string =>
  json.replaceAll(/"data":"([A-Za-z0-9+/=]+)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString(),
  );
