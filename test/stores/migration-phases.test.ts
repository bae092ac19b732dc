import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assertSchema, migrateUp, migrationStatus } from '../../src/stores/postgres/migrate';
import { type TestDatabase, createTestDatabase } from '../support/database';
import { query } from './support';

const RELEASED = path.resolve(__dirname, '../../migrations');
const EXPAND = '-- Up Migration\nALTER TABLE runs ADD COLUMN note text;\n-- Down Migration\n';
const CONTRACT =
  '-- Phase: contract\n\n-- Up Migration\nALTER TABLE runs DROP COLUMN fork;\n-- Down Migration\n';

let database: TestDatabase;
let newer: string;

beforeEach(async () => {
  database = await createTestDatabase();
  newer = mkdtempSync(path.join(tmpdir(), 'ncfd-phases-'));
  cpSync(RELEASED, newer, { recursive: true });
  writeFileSync(path.join(newer, '9001_add_note.sql'), EXPAND);
  writeFileSync(path.join(newer, '9002_drop_fork.sql'), CONTRACT);
});
afterEach(async () => {
  await database.drop();
  rmSync(newer, { recursive: true });
});

const expand = (dryRun = false) =>
  migrateUp(database.migratorUrl, { folder: newer, phase: 'expand', dryRun });
const contract = () => migrateUp(database.migratorUrl, { folder: newer, phase: 'contract' });
const worksFor = (folder: string) => assertSchema(database.url, { folder });

const columnsOfRuns = async (): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    database.adminUrl,
    `SELECT attname AS name FROM pg_attribute
      WHERE attrelid = 'runs'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  return rows.map(({ name }) => name);
};

describe('phases of migrations', () => {
  it('let the old release and the new one work while only the expanding ones are applied', async () => {
    expect(await expand(true)).toEqual(['9001_add_note']);
    expect(await columnsOfRuns()).not.toContain('note');
    expect(await expand()).toEqual(['9001_add_note']);
    expect(await columnsOfRuns()).toEqual(expect.arrayContaining(['note', 'fork']));
    await worksFor(newer);
    await worksFor(RELEASED);
    expect(await expand()).toEqual([]);
    expect(await migrateUp(database.migratorUrl)).toEqual([]);
  });

  it('keep the old release from the schema once the contracting ones are applied', async () => {
    await expand();
    expect(await contract()).toEqual(['9002_drop_fork']);
    expect(await columnsOfRuns()).not.toContain('fork');
    await worksFor(newer);
    await expect(worksFor(RELEASED)).rejects.toMatchObject({
      kind: 'SchemaMismatch',
      message: expect.stringContaining('9002_drop_fork'),
    });
  });

  it('refuse to contract before the same release has expanded, and name what comes first', async () => {
    await expect(contract()).rejects.toMatchObject({
      kind: 'SchemaMismatch',
      message: expect.stringContaining('9001_add_note'),
      hint: expect.stringContaining('--phase expand'),
    });
    await expect(worksFor(newer)).rejects.toMatchObject({
      message: 'the database lacks 1 migration(s): 9001_add_note',
    });
  });

  it('refuse to expand over a contraction that an earlier deployment left behind', async () => {
    await expand();
    writeFileSync(path.join(newer, '9003_more.sql'), EXPAND.replace('note', 'more'));
    await expect(expand()).rejects.toMatchObject({
      hint: expect.stringContaining('--phase contract'),
    });
    await contract();
    expect(await expand()).toEqual(['9003_more']);
  });

  it('are listed with each migration', async () => {
    const states = await migrationStatus(database.url, { folder: newer });
    const phases = Object.fromEntries(states.map(({ name, phase }) => [name, phase]));
    expect(phases).toMatchObject({
      '0001_runs': 'expand',
      '9001_add_note': 'expand',
      '9002_drop_fork': 'contract',
    });
  });
});
