import type { Command } from 'commander';
import { NcfdError } from '../../contracts/errors';
import type { Json, JsonObject } from '../../domain/json';
import type { AuditLink, ChainVerdict } from '../../domain/manifest/audit-chain';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, renderObject, type OutputFormat } from '../output';
import { openAuditLog, using } from '../services';
import { settingsFor } from '../settings';
import { digest, instant, wholeNumber } from './arguments';

const HELP = `
Every change of state leaves one record: who, when, what, why, before and after. Each record carries
the digest of all records before it, so that a record that was changed, removed or slipped in shows.
The person is NCFD_ACTOR, else the login of the command line.

Keep the head that verify prints somewhere else: with --head a later verify also finds that the end
of the log was cut off. Exit code 5 when the log is not whole.

Examples:
  $ ncfd audit list --subject run-20261124T080000Z-1a2b3c4d
  $ ncfd audit list --action publish --since 2026-11-01 --output csv
  $ ncfd audit verify --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`;

interface ListOptions {
  readonly subject?: string;
  readonly action?: string;
  readonly since?: string;
  readonly limit: number;
  readonly output: OutputFormat;
}

interface VerifyOptions {
  readonly head?: string;
  readonly output: OutputFormat;
}

/** `ncfd audit list|verify`. */
export function addAudit(program: Command, io: CliIo): void {
  const group = program
    .command('audit')
    .description('list the audit log, or verify that nothing in it was changed')
    .addHelpText('after', HELP);
  const opened = () => openAuditLog(settingsFor(io));

  const list = group
    .command('list')
    .description('records, newest first')
    .option('--subject <id>', 'of one run or parameter set')
    .option('--action <name>', 'of one kind, e.g. publish or run-cancelled')
    .option('--since <date>', 'at or after this date or instant', instant)
    .option('--limit <number>', 'how many', wholeNumber(1, 100_000), 50);
  addOutputOption(list).action(async ({ limit, output, ...filter }: ListOptions) => {
    const links = await using(opened(), (log) => log.list(filter, limit));
    const rows = links.map((link) => recordOf(link));
    const listing = { name: 'records', columns: COLUMNS, rows, empty: 'no record fits' };
    const columns = output === 'text' ? TEXT_COLUMNS : COLUMNS;
    await io.out(await renderListing({ ...listing, columns }, output));
  });

  const verify = group
    .command('verify')
    .description('recompute the chain from the records, and name the first that does not fit')
    .option('--head <hash>', 'a head that was kept elsewhere, which must be in the log', digest);
  addOutputOption(verify).action(async ({ head, output }: VerifyOptions) => {
    const verdict = await using(opened(), (log) => log.verify(head));
    await io.out(await renderObject(verdictOf(verdict), verdictText(verdict), output));
    if (verdict.broken === null) return;
    throw new NcfdError('VerificationMismatch', verdict.broken.message, {
      hint: 'Compare with a copy of the database from before; what follows this row proves nothing.',
    });
  });
}

const COLUMNS = [
  ...['seq', 'at', 'actor', 'action', 'subject', 'reason'],
  ...['beforeSha256', 'afterSha256', 'detail', 'chain'],
];
const TEXT_COLUMNS = ['seq', 'at', 'actor', 'action', 'subject', 'reason', 'detail'];

function recordOf(link: AuditLink): JsonObject {
  const { seq, at, actor, action, subject, reason, before_sha256, after_sha256, chain } = link;
  const detail = link.detail === null ? null : (JSON.parse(link.detail) as Json);
  const digests = { beforeSha256: before_sha256, afterSha256: after_sha256, chain };
  return { seq, at, actor, action, subject, reason, detail, ...digests };
}

const verdictOf = ({ rows, head, broken }: ChainVerdict): JsonObject => ({
  rows,
  head,
  broken: broken === null ? null : { ...broken },
});

const verdictText = ({ rows, head, broken }: ChainVerdict): string =>
  broken === null
    ? `${rows} records are whole\nhead ${head ?? 'none'}`
    : `broken at row ${broken.seq}: ${broken.message}`;
