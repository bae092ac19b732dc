import type { CheckReport, CheckRow, Verdict } from '../../checks/check';
import { reportObject } from '../../checks/report';
import { Finished } from '../errors';
import type { CliIo } from '../io';
import { renderListing, renderObject, type OutputFormat } from '../output';

/**
 * Exit codes of commands that end in a verdict, as monitoring reads them; `ncfd doctor` keeps to
 * the codes of the other commands.
 */
const VERDICT_EXIT = { healthy: 0, degraded: 1, down: 2 } as const satisfies Record<
  Verdict,
  number
>;

/** Prints a report and ends the command with the exit code of its verdict. */
export async function showReport(
  io: CliIo,
  report: CheckReport,
  format: OutputFormat,
): Promise<void> {
  const listing = {
    name: 'checks',
    columns: ['check', 'status', 'required', 'ms', 'reason'],
    rows: report.checks.map(rowOf),
    empty: 'nothing to check',
  };
  if (format === 'json') {
    await io.out(await renderObject(reportObject(report), '', format));
  } else {
    await io.out(await renderListing(listing, format));
    for (const line of words(report)) io.say(line);
  }
  if (report.verdict !== 'healthy') throw new Finished(VERDICT_EXIT[report.verdict]);
}

const rowOf = (row: CheckRow) => ({
  check: row.id,
  status: row.status,
  required: row.required,
  ms: row.latencyMs,
  reason: row.reason,
});

function words({ verdict, checks }: CheckReport): readonly string[] {
  const hints = checks.flatMap(({ id, status, hint }) =>
    hint === null || status === 'off' || status === 'ok' ? [] : [`  ${id}: ${hint}`],
  );
  return [verdict, ...hints];
}
