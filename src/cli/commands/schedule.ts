import { Option, type Command } from 'commander';
import type { Settings } from '../../config/settings';
import { messageOf, NcfdError } from '../../contracts/errors';
import type { ScheduleServer } from '../../ports/schedule-server';
import type { ScheduleAction, ScheduleStore } from '../../ports/schedule-store';
import { Finished } from '../errors';
import { EXIT } from '../exit-codes';
import type { CliIo } from '../io';
import { addOutputOption, renderListing, type Listing, type OutputFormat } from '../output';
import { stepRows, stepsOf, takeStep, type Step } from '../schedules/apply';
import { checkPublications } from '../schedules/check';
import { explainAll, historyListing, overviewListing } from '../schedules/history';
import { openScheduleStore, using } from '../services';
import { settingsFor } from '../settings';
import { withTemporal } from '../temporal';
import { instant } from './arguments';

const HELP = `
config/schedules.yaml is the source: diff shows where the server differs, apply makes it follow.
Pause and resume are not part of the file, so apply never undoes them.

Examples:
  $ ncfd schedule diff                                        exit 1 when something differs
  $ ncfd schedule apply --dry-run
  $ ncfd schedule apply --prune --reason 'one run a day is enough'
  $ ncfd schedule pause post-readout-daily --reason 'registry import under repair'
  $ ncfd schedule list --history --since 2026-11-01           why each planned time has its outcome
  $ ncfd schedule check                                       from cron: exit 1 without publication`;

const HISTORY_HELP = `
With --history one row for each planned time: ran, same_run (a run of the same inputs was there),
caught_up_late, failed, skipped_overlap, missed_no_worker, missed_outage, missed_absent, paused;
waiting and started while it is at work; unexplained when nothing that is known explains it.`;

const CHECK_HELP = `
Reads the database, and asks Temporal for explanations when it can be reached; needs no worker. A
schedule whose publication is missing after its publishBy time makes the exit code 1, unless a
person has paused it. Run it from cron or a timer, apart from the workers:
  15 9 * * *  ncfd schedule check || notify-the-people-on-call`;

interface Common {
  readonly output: OutputFormat;
}
interface FileOption extends Common {
  readonly file?: string;
}
interface ChangeOptions extends Common {
  readonly dryRun?: boolean;
  readonly reason: string;
}

/** `ncfd schedule diff|apply|list|pause|resume|trigger|delete|reconcile|check`. */
export function addSchedule(program: Command, io: CliIo): void {
  const group = program
    .command('schedule')
    .description('schedules of runs: compare, apply, pause, explain what they did')
    .addHelpText('after', HELP);
  const settings = (): Settings => settingsFor(io);
  const print = async (listing: Listing, { output }: Common) =>
    io.out(await renderListing(listing, output));

  const diff = group
    .command('diff')
    .description('where the server has something else than the file; exit 1 if anywhere')
    .addOption(fileOption());
  addOutputOption(diff).action(async (options: FileOption) => {
    const steps = await withBoth(settings(), (store, server) => plan(store, server, options.file));
    await print(differences(steps), options);
    if (steps.length > 0) throw new Finished(EXIT.failed);
  });

  const apply = group
    .command('apply')
    .description('make the server follow the file')
    .addOption(fileOption())
    .option('--prune', 'delete schedules of ours that the file does not name')
    .option('--reason <text>', 'for the audit log; default: which file was applied', nonEmpty)
    .option('--dry-run', 'say what would be done, and do nothing');
  addOutputOption(apply).action(
    async (options: FileOption & Partial<ChangeOptions> & Common & { prune?: boolean }) => {
      await withBoth(settings(), async (store, server) => {
        const all = await plan(store, server, options.file);
        const steps = all.filter(({ kind }) => kind !== 'not-in-file' || options.prune === true);
        await print(differences(steps), options);
        if (steps.length < all.length) io.say('left alone, not in the file; --prune deletes them');
        if (options.dryRun === true) return io.say('dry run: nothing was changed');
        const reason = options.reason ?? `applied ${options.file ?? 'config/schedules.yaml'}`;
        const cause = { actor: settings().actor, reason };
        for (const step of steps) {
          await takeStep(step, store, server, cause);
          io.say(`${DONE[step.kind]} ${step.id}`);
        }
      });
    },
  );

  const list = group
    .command('list')
    .description('schedules with state and next run; --history: what became of each planned time')
    .argument('[schedule]', 'only this one')
    .option('--history', 'one row for each planned time')
    .option('--since <date>', 'how far back; default 7 days', instant)
    .addHelpText('after', HISTORY_HELP);
  addOutputOption(list).action(
    async (id: string | undefined, options: Common & { history?: boolean; since?: string }) => {
      await withBoth(settings(), async (store, server) => {
        const ids = await chosen(store, id);
        const listing =
          options.history === true
            ? await historyListing(store, server, ids, options.since)
            : await overviewListing(store, server, ids);
        await print(listing, options);
      });
    },
  );

  for (const [action, words] of Object.entries(ACTIONS)) {
    const command = group
      .command(action)
      .description(words)
      .argument('<schedule>', 'its id')
      .requiredOption('--reason <text>', 'why; kept in the audit log', nonEmpty)
      .option('--dry-run', 'check, say what would be done, and do nothing');
    if (action === 'delete') command.option('--yes', 'do it without being asked');
    command.action(async (id: string, options: ChangeOptions & { yes?: boolean }) => {
      await change(io, settings(), action as keyof typeof ACTIONS, id, options);
    });
  }

  const reconcile = group
    .command('reconcile')
    .description('give every planned time of the past its row, from what the server tells');
  addOutputOption(reconcile).action(async (options: Common) => {
    await withBoth(settings(), async (store, server) => {
      await print(await explainAll(store, server, await store.ids()), options);
    });
  });

  const check = group
    .command('check')
    .description('is each publication there by the time at which it is expected')
    .option('--at <instant>', 'as of another time than now', instant)
    .addHelpText('after', CHECK_HELP);
  addOutputOption(check).action(async (options: Common & { at?: string }) => {
    await runCheck(io, settings(), options.at, (listing) => print(listing, options));
  });
}

const DONE: Readonly<Record<Step['kind'], string>> = {
  add: 'added',
  change: 'changed',
  record: 'recorded',
  'not-in-file': 'deleted',
};

const ACTIONS = {
  pause: 'start no more runs until it is resumed',
  resume: 'start runs again at the planned times to come',
  trigger: 'start its run now, whether paused or not',
  delete: 'remove it from the server; its history stays',
} as const satisfies Partial<Record<ScheduleAction, string>>;

const fileOption = (): Option =>
  new Option('-f, --file <path>', 'schedules file; default config/schedules.yaml of the package');

function nonEmpty(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new NcfdError('BadUsage', 'a reason must say something');
}

function withBoth<R>(
  settings: Settings,
  use: (store: ScheduleStore, server: ScheduleServer) => Promise<R>,
): Promise<R> {
  return using(openScheduleStore(settings), (store) =>
    withTemporal(settings, (client) => use(store, client.schedules())),
  );
}

async function plan(store: ScheduleStore, server: ScheduleServer, file?: string): Promise<Step[]> {
  const { readSchedules } = await import('../../config/schedules.js');
  const { diffSchedules } = await import('../../client/schedule-diff.js');
  const definitions = readSchedules(file);
  return stepsOf(definitions, await diffSchedules(definitions, server), store);
}

const differences = (steps: readonly Step[]): Listing => ({
  name: 'differences',
  columns: ['schedule', 'change', 'field', 'server', 'file'],
  rows: stepRows(steps),
  empty: 'the server has what the file says',
});

async function chosen(store: ScheduleStore, id: string | undefined): Promise<readonly string[]> {
  const ids = await store.ids();
  if (id === undefined) return ids;
  if (ids.includes(id)) return [id];
  throw new NcfdError('ScheduleNotFound', `no schedule ${id} was ever applied`, {
    hint: '`ncfd schedule list` shows what there is, `ncfd schedule apply` makes what is in the file.',
  });
}

async function change(
  io: CliIo,
  settings: Settings,
  action: keyof typeof ACTIONS,
  id: string,
  { dryRun, reason, yes }: ChangeOptions & { readonly yes?: boolean },
): Promise<void> {
  if (action === 'delete' && yes !== true && dryRun !== true) {
    throw new NcfdError('BadUsage', `deleting ${id} needs --yes`, {
      hint: 'Pause it instead if it is to come back; its history stays in either case.',
    });
  }
  await withBoth(settings, async (store, server) => {
    const found = await server.describe(id);
    if (found === null) {
      throw new NcfdError('ScheduleNotFound', `the server has no schedule ${id}`, {
        hint: '`ncfd schedule list` shows what there is.',
      });
    }
    if ((action === 'pause' && found.paused) || (action === 'resume' && !found.paused)) {
      return io.say(
        `${id} is ${found.paused ? `paused: ${found.note}` : 'running'}; left as it is`,
      );
    }
    if (dryRun === true) return io.say(`dry run: would ${action} ${id} (${reason})`);
    const { actor } = settings;
    const note = `${actor}: ${reason}`;
    const onServer = {
      pause: () => server.pause(id, note),
      resume: () => server.resume(id, note),
      trigger: () => server.trigger(id),
      delete: () => server.delete(id),
    };
    await store.change({ scheduleId: id, action, actor, reason }, onServer[action]);
    io.say(`${PAST[action]} ${id}`);
  });
}

const PAST = {
  pause: 'paused',
  resume: 'resumed',
  trigger: 'triggered',
  delete: 'deleted',
} as const;

async function runCheck(
  io: CliIo,
  settings: Settings,
  at: string | undefined,
  print: (listing: Listing) => Promise<void>,
): Promise<void> {
  await using(openScheduleStore(settings), async (store) => {
    const ids = await store.ids();
    const asked = await withTemporal(settings, (client) =>
      explainAll(store, client.schedules(), ids),
    ).then(
      () => true,
      (error: unknown) => {
        io.say(`explanations may be missing: ${messageOf(error)}`);
        return false;
      },
    );
    const nowMs = at === undefined ? Date.now() : Date.parse(at);
    const findings = await checkPublications(store, nowMs, asked);
    await print({
      name: 'findings',
      columns: ['schedule', 'state', 'expectedBy', 'plannedAt', 'publishedAt', 'explanation'],
      rows: findings.map((finding) => ({ ...finding })),
      empty: 'no schedule has a time by which a publication is expected',
    });
    const missing = findings.filter(({ state }) => state === 'missing');
    if (missing.length === 0) return;
    const names = missing.map((one) => `${one.schedule} (since ${one.expectedBy})`).join(', ');
    throw new NcfdError('PublicationLate', `no publication of ${names}`, {
      hint: '`ncfd schedule list --history` tells what happened; `ncfd schedule trigger` runs it now.',
    });
  });
}
