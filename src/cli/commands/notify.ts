import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { NcfdError } from '../../contracts/errors';
import { SEVERITIES, type DeliveryRow, type Severity } from '../../ports/notification-store';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, renderObject, type OutputFormat } from '../output';
import { openNotificationStore, using } from '../services';
import { settingsFor } from '../settings';
import { wholeNumber } from './arguments';

const HELP = `
Runs that end and planned times that are missed are written into an outbox with what brought them
about, and told to the channels of NCFD_NOTIFY_SLACK_URL and NCFD_NOTIFY_WEBHOOK_URL by whichever worker
has the turn. What cannot be delivered is tried again until it is. A notification may arrive twice
after a crash, with the same Idempotency-Key.

Examples:
  $ ncfd notify list                    what was told, and what still waits
  $ ncfd notify test                    one notification to every channel
  $ ncfd notify send                    attempt what is due now, also without a worker`;

/** `ncfd notify list|send|test`. */
export function addNotify(program: Command, io: CliIo): void {
  const group = program
    .command('notify')
    .description('list notifications, send what is due, or try the channels')
    .addHelpText('after', HELP);
  addList(group, io);
  addSend(group, io);
  addTest(group, io);
}

function addList(group: Command, io: CliIo): void {
  const list = group
    .command('list')
    .description('notifications and their deliveries, newest first')
    .option('--limit <number>', 'how many', wholeNumber(1, 10_000), 50);
  addOutputOption(list).action(
    async ({ limit, output }: { limit: number; output: OutputFormat }) => {
      const found = await using(openNotificationStore(settingsFor(io)), (store) =>
        store.list(limit),
      );
      const listing = { name: 'notifications', columns: COLUMNS, rows: found.map(rowOf) };
      await io.out(await renderListing({ ...listing, empty: 'nothing was told yet' }, output));
    },
  );
}

const COLUMNS = ['at', 'severity', 'title', 'channel', 'attempts', 'delivered', 'error'];

const rowOf = (row: DeliveryRow) => ({
  at: row.notification.createdAt,
  severity: row.notification.severity,
  title: row.notification.title,
  channel: row.channel,
  attempts: row.attempt,
  delivered: row.deliveredAt,
  error: row.lastError,
});

function addSend(group: Command, io: CliIo): void {
  const send = group
    .command('send')
    .description('make every attempt that is due, as a worker does')
    .option('--dry-run', 'say what waits, and send nothing');
  addOutputOption(send).action(
    async ({ dryRun = false, output }: { dryRun?: boolean; output: OutputFormat }) => {
      const settings = settingsFor(io);
      const { Notifier } = await import('../../notify/notifier.js');
      const answer = await using(openNotificationStore(settings), async (store) => {
        const notifier = new Notifier(store, settings, QUIET);
        if (!notifier.configured) throw nobody();
        if (!dryRun) await notifier.open();
        const round = dryRun ? { delivered: 0, refused: 0 } : await notifier.round();
        const channels = await store.channels();
        const pending = channels.reduce((sum, channel) => sum + channel.pending, 0);
        return { dryRun, ...round, pending };
      });
      const { delivered, refused, pending } = answer;
      const text = dryRun
        ? `${pending} wait; nothing was sent`
        : `${delivered} delivered, ${refused} not, ${pending} wait`;
      await io.out(await renderObject(answer, text, output));
    },
  );
}

function addTest(group: Command, io: CliIo): void {
  const test = group
    .command('test')
    .description('write a notification, for the channels to be seen to work')
    .addOption(new Option('--severity <name>', 'its weight').choices(SEVERITIES).default('info'))
    .option('--dry-run', 'check the channels, and write nothing');
  addOutputOption(test).action(
    async (given: { severity: Severity; dryRun?: boolean; output: OutputFormat }) => {
      const settings = settingsFor(io);
      const { Notifier } = await import('../../notify/notifier.js');
      const key = `test/${randomUUID()}`;
      await using(openNotificationStore(settings), async (store) => {
        const notifier = new Notifier(store, settings, QUIET);
        if (!notifier.configured) throw nobody();
        if (given.dryRun === true) return;
        await notifier.open();
        const detail = { by: settings.actor };
        const title = 'a test: nothing happened';
        await store.add({ dedupKey: key, severity: given.severity, title, detail });
      });
      const { dryRun = false, output } = given;
      const text = dryRun ? 'nothing was written' : key;
      await io.out(await renderObject({ key, dryRun }, text, output));
      io.say(
        'a worker sends it, or `ncfd notify send`; `ncfd notify list` shows what became of it',
      );
    },
  );
}

/** What became of each attempt is in the outbox. */
const QUIET = { info: () => undefined, warn: () => undefined };

const nobody = (): NcfdError =>
  new NcfdError('BadConfig', 'there is no channel to tell anybody on', {
    hint: 'Set NCFD_NOTIFY_SLACK_URL, NCFD_NOTIFY_WEBHOOK_URL or NCFD_NOTIFY_HEARTBEAT_URL.',
  });
