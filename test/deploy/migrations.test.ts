import { migrateDown, migrateUp } from '../../src/stores/postgres/migrate';
import { gateOn } from '../workflow/support/gate';
import { withPutFault } from '../workflow/support/faults';
import { createHarness, type Harness } from '../workflow/support/harness';

/**
 * Migrations from the newest back to this one are taken back and applied again. Those before it hold
 * the runs themselves, or what audit and control remember of them: going back loses it.
 */
const KEEP_DATA = 1;

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness();
});
afterAll(() => harness.close());

async function published(disturb: () => Promise<void>): Promise<string | null> {
  const gate = gateOn(/\/signals\/0002-/);
  const worker = await harness.startWorker({
    artifacts: (real) => withPutFault(real, gate.fault),
  });
  const input = await harness.register();
  await harness.client.startRun(input);
  await gate.reached();
  await disturb();
  gate.open();
  const { publicationSha256 } = await harness.client.awaitRun(input.header.runKey);
  await worker.stop();
  return publicationSha256;
}

test('a migration is taken back and applied again while a run is in flight, whose bytes stay', async () => {
  const url = harness.settings.migratorUrl ?? '';
  const undisturbed = await published(async () => undefined);
  for (let count = 1; count <= KEEP_DATA; count += 1) {
    const disturbed = await published(async () => {
      const names = await migrateDown(url, count);
      expect(await migrateUp(url)).toEqual([...names].reverse());
    });
    expect(disturbed).toBe(undisturbed);
  }
});
