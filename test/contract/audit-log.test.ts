import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AuditLog } from '../../src/ports/audit-log';
import type { RunStore } from '../../src/ports/run-store';
import { createAuditLog } from '../../src/stores/postgres/audit-log';
import { migrateUp } from '../../src/stores/postgres/migrate';
import { createRunStore } from '../../src/stores/postgres/run-store';
import { PARAMETERS, PARAMETERS_SHA256, digest, query, runHeader } from '../stores/support';
import { type TestDatabase, createTestDatabase } from '../support/database';

const COUNTS = { trials: 1, scored: 1, abstained: 0, calls: 0, quarantined: 0, errors: 0 };

describe('the audit log', () => {
  let database: TestDatabase;
  let log: AuditLog;
  let runs: RunStore;
  beforeAll(async () => {
    database = await createTestDatabase();
    log = await createAuditLog(database.url, { actor: 'Ann O\\Neil' });
    runs = await createRunStore(database.url, { actor: 'bob', connections: 10 });
    await runs.registerParameterSet(PARAMETERS_SHA256, PARAMETERS);
  });
  afterAll(async () => {
    await Promise.all([log.close(), runs.close()]);
    await database.drop();
  });

  const newRun = async () => {
    const header = runHeader();
    await runs.createRun(header);
    return header;
  };
  const recordsOf = async (subject: string) => [...(await log.list({ subject }, 100))].reverse();
  const actionsOf = async (subject: string) =>
    (await recordsOf(subject)).map((record) => record.action);

  it('keeps what was recorded, names the person, and chains it', async () => {
    const entry = {
      action: 'tried',
      subject: 'é "quoted"\n',
      reason: 'to see',
      beforeSha256: digest('before'),
      afterSha256: digest('after'),
      detail: { b: 1.5, a: ['ü', null, true] },
    };
    const kept = await log.append(entry);
    expect(kept).toMatchObject({
      actor: 'Ann O\\Neil',
      subject: entry.subject,
      reason: 'to see',
      before_sha256: digest('before'),
      after_sha256: digest('after'),
    });
    expect(JSON.parse(kept.detail ?? '')).toEqual(entry.detail);
    expect(await log.list({ subject: entry.subject }, 9)).toEqual([kept]);
    expect(await log.verify()).toMatchObject({ head: kept.chain, broken: null });
  });

  it('is filtered by subject, action and time, newest first', async () => {
    const one = await log.append({ action: 'filtered', subject: 'a' });
    const two = await log.append({ action: 'filtered', subject: 'b', actor: 'carol' });
    expect(two.actor).toBe('carol');
    expect(await log.list({ action: 'filtered' }, 9)).toEqual([two, one]);
    expect(await log.list({ action: 'filtered' }, 1)).toEqual([two]);
    expect(await log.list({ action: 'filtered', since: two.at }, 9)).toEqual([two]);
    expect(await log.list({ action: 'filtered', subject: 'c' }, 9)).toEqual([]);
  });

  it('has one record of each change of a run, none of what changes nothing', async () => {
    const { runId, runKey } = await newRun();
    const snapshotSha256 = digest(`snapshot of ${runId}`);
    const plan = { key: 'runs/x/plan.json', sha256: digest('plan'), bytes: 10 };
    await runs.saveSnapshot({
      snapshotSha256,
      mode: 'post_readout',
      asOf: '2026-03-20T00:00:00Z',
      trials: 1,
      manifest: {},
      objectKey: 'x',
    });
    for (let twice = 0; twice < 2; twice += 1) {
      await runs.setRunStatus(runId, 'running', { plan });
      await runs.setRunStatus(runId, 'running', { snapshotSha256 });
    }
    await runs.setRunStatus(runId, 'failed', { error: { message: 'no disk' } });
    await runs.setRunStatus(runId, 'running');
    const publicationSha256 = digest(`publication of ${runId}`);
    const request = { runId, mode: 'post_readout', publicationSha256, counts: COUNTS } as const;
    for (let twice = 0; twice < 2; twice += 1) {
      await runs.publish({ ...request, manifest: {}, objectPrefix: 'x' });
    }
    const records = await recordsOf(runId);
    expect(records.map(({ action, reason }) => [action, reason])).toEqual([
      ['run-created', null],
      ['run-running', null],
      ['snapshot-sealed', null],
      ['run-failed', 'no disk'],
      ['run-running', null],
      ['publish', null],
    ]);
    expect(records.every(({ actor }) => actor === 'bob')).toBe(true);
    expect(records[0]?.after_sha256).toBe(runKey);
    expect(JSON.parse(records[3]?.detail ?? '')).toEqual({ before: 'running', after: 'failed' });
  });

  it('has no record of a change that was taken back', async () => {
    const { runId } = await newRun();
    await expect(
      query(
        database.url,
        `UPDATE runs SET status = 'running', kind = 'x' WHERE run_id = '${runId}'`,
      ),
    ).rejects.toThrow();
    expect(await actionsOf(runId)).toEqual(['run-created']);
  });

  it('stays one chain without gaps under 40 writers at once, some of whom fail', async () => {
    const before = (await log.verify()).rows;
    const attempts = Array.from({ length: 40 }, async (_, i) => {
      if (i % 4 > 0) return void (await newRun());
      await query(
        database.url,
        `BEGIN; INSERT INTO audit_log (action, subject) VALUES ('lost', 'x'); ROLLBACK`,
      );
    });
    await Promise.all(attempts);
    expect(await log.verify()).toMatchObject({ rows: before + 30, broken: null });
  });

  it('gives nobody a choice of place, time or hash', async () => {
    await query(
      database.url,
      `INSERT INTO audit_log (action, subject, at, seq, chain)
       VALUES ('forged', 'x', '1999-01-01', 1, repeat('0', 64))`,
    );
    const [forged] = await log.list({ action: 'forged' }, 1);
    const { rows, broken } = await log.verify();
    expect([broken, forged?.seq]).toEqual([null, rows]);
    expect(forged?.at.slice(0, 4)).not.toBe('1999');
  });

  const COLUMNS = {
    seq: 'seq + 1000000',
    audit_id: 'audit_id + 1000000',
    at: `at + interval '1 microsecond'`,
    actor: `actor || ' '`,
    action: `overlay(action placing chr(ascii(action) # 1) from 1 for 1)`,
    subject: `upper(subject)`,
    before_sha256: `repeat('1', 64)`,
    after_sha256: `repeat('2', 64)`,
    reason: `'because'`,
    detail: `'{"after": "other"}'`,
    chain: `repeat('3', 64)`,
  };
  it.each(Object.entries(COLUMNS))(
    'shows that somebody with every right altered %s, and in which row',
    async (column, value) => {
      const { runId } = await newRun();
      await newRun();
      const [row] = await recordsOf(runId);
      const tampered = (set: string) =>
        query(
          database.adminUrl,
          `SET session_replication_role = replica;
           UPDATE audit_log SET ${set} WHERE audit_id IN (${row?.audit_id}, ${row?.audit_id} + 1000000)`,
        );
      const kept = JSON.stringify(row?.detail).slice(1, -1).replaceAll('\\"', '"');
      const restored = `seq = ${row?.seq}, at = '${row?.at}', actor = '${row?.actor}',
        action = '${row?.action}', subject = '${row?.subject}', before_sha256 = NULL,
        after_sha256 = '${row?.after_sha256}', reason = NULL, detail = '${kept}',
        chain = '${row?.chain}'`;
      if (column === 'audit_id') await replaceId(row?.audit_id ?? '', 1_000_000);
      else await tampered(`${column} = ${value}`);
      const { broken } = await log.verify();
      expect(broken).toMatchObject({ seq: row?.seq });
      expect(broken?.message).toContain(`row ${row?.seq} of audit_log`);
      if (column === 'audit_id') await replaceId(row?.audit_id ?? '', 0);
      await tampered(restored);
      expect((await log.verify()).broken).toBeNull();
    },
  );

  /** An identity column cannot be updated: the row is put back with another one. */
  async function replaceId(id: string, plus: number): Promise<void> {
    await query(
      database.adminUrl,
      `SET session_replication_role = replica;
       CREATE TEMPORARY TABLE moved AS
         SELECT * FROM audit_log WHERE audit_id IN (${id}, ${id} + 1000000);
       DELETE FROM audit_log WHERE audit_id IN (${id}, ${id} + 1000000);
       UPDATE moved SET audit_id = ${id} + ${plus};
       INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT * FROM moved`,
    );
  }

  it('shows that rows were removed, and with a kept head that the end was cut off', async () => {
    const { runId } = await newRun();
    const { head, rows } = await log.verify();
    await newRun();
    const removed = (seq: number) =>
      query(
        database.adminUrl,
        `SET session_replication_role = replica; DELETE FROM audit_log WHERE seq = ${seq}`,
      );
    await removed(rows + 1);
    expect((await log.verify(head ?? '')).broken).toBeNull();
    await removed(rows);
    expect((await log.verify()).broken).toBeNull();
    expect((await log.verify(head ?? '')).broken).toMatchObject({ kind: 'head_not_found' });
    expect(await actionsOf(runId)).toEqual([]);
    await removed(2);
    expect((await log.verify()).broken).toMatchObject({
      kind: 'missing',
      seq: 2,
      message: expect.stringContaining('row 2 of audit_log missing'),
    });
  });
});

describe('the migration that chains the audit log', () => {
  it('chains the rows that were there before it', async () => {
    const database = await createTestDatabase({ empty: true });
    const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-migrations-'));
    cpSync(path.resolve(__dirname, '../../migrations'), folder, { recursive: true });
    for (const name of readdirSync(folder)) if (name >= '0006') rmSync(path.join(folder, name));
    await migrateUp(database.migratorUrl, { folder });
    await query(
      database.adminUrl,
      `INSERT INTO audit_log (action, subject, detail)
       SELECT 'publish', 'run-' || n, '{"revision": 1.0}' FROM generate_series(1, 5) n`,
    );
    await migrateUp(database.migratorUrl);
    const log = await createAuditLog(database.url);
    await log.append({ action: 'after', subject: 'x' });
    expect(await log.verify()).toMatchObject({ rows: 6, broken: null });
    await log.close();
    await database.drop();
    rmSync(folder, { recursive: true });
  });
});
