import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DEFAULT_NAMESPACE } from '../../src/contracts/run';

/** A connection to the Temporal server that all test files share. */
export interface TestTemporal {
  /** Host and port. */
  readonly address: string;
  readonly namespace: string;
  /** A task queue of this test file's own. */
  readonly taskQueue: string;
  readonly connection: Connection;
  readonly client: Client;
  close(): Promise<void>;
}

/** Connects, with a task queue that no other test file uses. */
export async function connectTestTemporal(): Promise<TestTemporal> {
  const address = testTemporalAddress();
  const connection = await Connection.connect({ address });
  return {
    address,
    namespace: DEFAULT_NAMESPACE,
    taskQueue: `test-${randomBytes(6).toString('hex')}`,
    connection,
    client: new Client({ connection, namespace: DEFAULT_NAMESPACE }),
    close: () => connection.close(),
  };
}

/** Host and port of the Temporal server that all test files share. */
export function testTemporalAddress(): string {
  const address = process.env['NCFD_TEST_TEMPORAL_ADDRESS'];
  if (address === undefined) {
    throw new Error('no Temporal server: it is started for tests below test/, unless left out');
  }
  return address;
}
