import { InvalidArgumentError, Option } from 'commander';
import { formatInstant, parseInstant } from '../../domain/time/calendar';
import { MODES } from '../../domain/vocabulary';

/** Parser of a whole number of at least `min`. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    const limits = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`Give a whole number, ${limits}.`);
  };
}

/** Parser of a date or an instant; gives the instant in UTC. */
export function instant(text: string): string {
  const ms = parseInstant(text);
  if (ms !== null) return formatInstant(ms);
  throw new InvalidArgumentError('Give a date YYYY-MM-DD or an ISO 8601 instant.');
}

/** Parser of a SHA-256 in hex. */
export function digest(text: string): string {
  const lower = text.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(lower)) return lower;
  throw new InvalidArgumentError('Give 64 hex digits.');
}

/** `--mode`, for commands that look at one kind of question. */
export function modeOption(): Option {
  return new Option(
    '-m, --mode <mode>',
    'will it miss (pre_readout), or is its readout credible',
  ).choices([...MODES]);
}
