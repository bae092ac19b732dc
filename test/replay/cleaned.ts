import { hostname } from 'node:os';

/** Members of a history that name a machine or its folders; replay reads none of them. */
const PRIVATE: ReadonlySet<string> = new Set(['identity', 'stackTrace', 'workerInstanceKey']);
/** Sticky queues are named after the process that made them. */
const PROCESS = new RegExp(`\\d+@${hostname().replaceAll(/[^\w-]/g, '.')}`, 'g');

/** A recorded history without what tells where it was recorded. */
export function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(PROCESS, 'worker');
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      PRIVATE.has(key) && typeof member === 'string' ? '' : cleaned(member),
    ]),
  );
}
