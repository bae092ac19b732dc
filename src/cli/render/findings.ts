import { NcfdError } from '../../contracts/errors';
import type { Findings } from '../../verify/findings';

/** The differences, one a line. */
export function findingsText({ listed, count }: Findings): string[] {
  if (count === 0) return ['differences none'];
  const lines = listed.map(
    ({ where, trial, message }) => `  ${where}${trial === null ? '' : ` (${trial})`}: ${message}`,
  );
  const more = count - listed.length;
  return [`differences ${count}`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** @throws NcfdError `VerificationMismatch` when anything differs */
export function refuseFindings({ listed, count }: Findings, what: string): void {
  const [first] = listed;
  if (first === undefined) return;
  const trial = first.trial === null ? '' : ` (${first.trial})`;
  throw new NcfdError(
    'VerificationMismatch',
    `${what}: ${count} difference(s), first ${first.where}${trial}: ${first.message}`,
    { hint: 'Do not use these numbers before it is known who changed them.' },
  );
}
