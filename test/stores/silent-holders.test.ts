import { once } from 'node:events';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { createRunStore } from '../../src/stores/postgres/run-store';
import { createTestDatabase } from '../support/database';
import { PARAMETERS, PARAMETERS_SHA256, claimed, runHeader } from './support';

it('a shard that a process holds, stopped in the middle of a COPY, is claimed by its successor, and the process has lost its connection', async () => {
  const database = await createTestDatabase();
  const store = await createRunStore(database.url, { connections: 1 });
  await store.registerParameterSet(PARAMETERS_SHA256, PARAMETERS);
  const header = runHeader();
  await store.createRun(header);
  const { runId, runStartedAt } = header;
  const shard = { runId, runStartedAt, stage: 'score', shard: 0 } as const;
  await claimed(store, shard, 'input');
  // As a worker that was stopped: its kernel still answers for it, and it sends no more data.
  const stopped = new Client({ connectionString: database.url });
  const lost = once(stopped, 'error');
  await stopped.connect();
  await stopped.query('BEGIN');
  await stopped.query('SELECT FROM run_shards WHERE run_id = $1 FOR UPDATE', [runId]);
  const copy = stopped.query(copyFrom('COPY run_shards FROM STDIN'));
  copy.on('error', () => undefined);

  expect(await claimed(store, shard, 'input')).toMatchObject({ attempt: 2 });
  await expect(lost).resolves.toMatchObject([{ message: 'Connection terminated unexpectedly' }]);
  await stopped.end().catch(() => undefined);
  await store.close();
  await database.drop();
});
