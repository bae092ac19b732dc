import type { HealthCheckId, HealthSettings } from '../../config/health';
import type { Settings } from '../../config/settings';
import type { Check, CheckOutcome } from '../check';

/** What the health checks are given to look with. */
export interface HealthLook {
  readonly settings: Settings;
  readonly health: HealthSettings;
  /** Reasons why this process takes no work, where it is a worker itself. */
  readonly ownReadiness?: () => readonly string[];
  /** Our clock; another one in tests. */
  readonly now?: () => number;
}

/** A check before configuration says whether it is required. */
export type HealthCheck = Omit<Check, 'required' | 'id'> & { readonly id: HealthCheckId };

export const ok = (reason: string, detail = {}): CheckOutcome => ({ status: 'ok', reason, detail });

/** A check of something that the configuration does not name. */
export const off = (id: HealthCheckId, title: string, variable: string): HealthCheck => ({
  id,
  title,
  run: async () => ({
    status: 'off',
    reason: 'not configured',
    hint: `Set ${variable} to have it looked at.`,
  }),
});

/** An address without user and password; as it is when it cannot be read as one. */
export function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  return url.host === '' ? address : `${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

/** 90 → `1.5 min`; the largest unit that leaves a number above one. */
export function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ] as const;
  const unit = units.find(([, size]) => seconds >= size);
  if (unit === undefined) return `${Math.round(seconds)} s`;
  return `${Math.round((seconds / unit[1]) * 10) / 10} ${unit[0]}`;
}
