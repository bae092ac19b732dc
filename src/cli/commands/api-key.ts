import { Option, InvalidArgumentError, type Command } from 'commander';
import { ROLES, SCOPES, type Role, type Scope } from '../../contracts/access';
import { NcfdError } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import type { ApiKeyRow } from '../../ports/api-key-store';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, renderObject, type OutputFormat } from '../output';
import { openApiKeyStore, using } from '../services';
import { settingsFor } from '../settings';
import { wholeNumber } from './arguments';
import { addControlOptions, type ControlOptions } from './run-control';

const HELP = `
A key is shown once, when it is made; the database keeps its digest alone. It is good until it expires
or is revoked, for what its role and its scopes allow. Each role may do what the ones before it may:
reader (what is published), analyst (runs too), operator (starts and controls runs), admin (approves
publications, reads audit log and keys). Scopes narrow a key: published, runs, control, administration.

Examples:
  $ ncfd api-key create ci --role reader --days 30 --reason "nightly export"
  $ ncfd api-key list
  $ ncfd api-key revoke ci --reason "the machine is gone"`;

const NAME = /^[a-z][a-z0-9._-]{0,62}$/;
/** A key that nobody looks after ends by itself. */
const DAYS_MAX = 730;
const MS_PER_DAY = 86_400_000;

interface CreateOptions extends ControlOptions {
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly days: number;
}

/** `ncfd api-key create|list|revoke`. */
export function addApiKey(program: Command, io: CliIo): void {
  const group = program
    .command('api-key')
    .description('make, list or revoke keys of the API')
    .addHelpText('after', HELP);

  const create = group
    .command('create')
    .description('make a key and show it, this once')
    .argument('<name>', 'whose key it is, as audit records name it', keyName)
    .addOption(
      new Option('--role <role>', 'what it may do').choices([...ROLES]).makeOptionMandatory(),
    )
    .option('--scopes <list>', 'groups of routes, parted by commas', scopesOf, SCOPES)
    .option('--days <number>', 'days until it expires', wholeNumber(1, DAYS_MAX), 90);
  addControlOptions(create).action((name: string, options: CreateOptions) =>
    createKey(io, name, options),
  );

  const list = group.command('list').description('keys by name, without the keys themselves');
  addOutputOption(list).action(async ({ output }: { output: OutputFormat }) => {
    const rows = await using(openApiKeyStore(settingsFor(io)), (store) => store.list());
    const listing = {
      name: 'apiKeys',
      columns: ['name', 'role', 'scopes', 'keyId', 'state', 'createdBy', 'createdAt', 'expiresAt'],
      rows: rows.map(keyObject),
      empty: 'no key yet; make one with `ncfd api-key create`',
    };
    await io.out(await renderListing(listing, output));
  });

  const revoke = group
    .command('revoke')
    .description('let a key open nothing from now on')
    .argument('<name>', 'name of the key', keyName);
  addControlOptions(revoke).action((name: string, options: ControlOptions) =>
    revokeKey(io, name, options),
  );
}

async function createKey(io: CliIo, name: string, options: CreateOptions): Promise<void> {
  const settings = settingsFor(io);
  const { role, scopes, days, reason, dryRun, output } = options;
  const expiresAt = new Date(Date.now() + days * MS_PER_DAY).toISOString();
  await using(openApiKeyStore(settings), async (store) => {
    if (dryRun === true) {
      if ((await store.list()).some((row) => row.name === name)) {
        throw new NcfdError('BadUsage', `there is a key named ${name} already`, {
          hint: 'Names are never used again, so that the audit log stays plain: choose another.',
        });
      }
      const object = { name, role, scopes: [...scopes], expiresAt, key: null };
      const text = `would make a key named ${name}: ${role}, until ${expiresAt}; nothing was changed`;
      return io.out(await renderObject(object, text, output));
    }
    const { newApiKey } = await import('../../service/api-key.js');
    const { keyId, keySha256, key } = newApiKey();
    const { actor } = settings;
    const row = await store.create({
      ...{ keyId, keySha256, name, role, scopes, expiresAt, actor, reason },
    });
    io.say(`this is the only time that the key of ${name} is shown`);
    await io.out(await renderObject({ ...keyObject(row), key }, key, output));
  });
}

async function revokeKey(
  io: CliIo,
  name: string,
  { reason, dryRun, output }: ControlOptions,
): Promise<void> {
  const settings = settingsFor(io);
  await using(openApiKeyStore(settings), async (store) => {
    const known = (await store.list()).find((row) => row.name === name);
    const isDry = dryRun === true && known !== undefined;
    const row = isDry ? known : await store.revoke(name, { actor: settings.actor, reason });
    const done = known?.revokedAt === null ? 'is revoked' : 'was revoked already';
    const text = isDry ? `would revoke ${name}; nothing was changed` : `${name} ${done}`;
    await io.out(await renderObject(keyObject(row), text, output));
  });
}

function keyObject({ scopes, ...row }: ApiKeyRow): JsonObject {
  const isOver = Date.parse(row.expiresAt) <= Date.now();
  const state = row.revokedAt !== null ? 'revoked' : isOver ? 'expired' : 'good';
  return { ...row, scopes: scopes.join(','), state };
}

function keyName(name: string): string {
  if (NAME.test(name)) return name;
  throw new InvalidArgumentError('Give 1 to 63 small letters, digits, dots or dashes.');
}

function scopesOf(list: string): readonly Scope[] {
  const names = list.split(',');
  const known = SCOPES.filter((scope) => names.includes(scope));
  if (known.length === new Set(names).size) return known;
  throw new InvalidArgumentError(`Known scopes: ${SCOPES.join(', ')}.`);
}
