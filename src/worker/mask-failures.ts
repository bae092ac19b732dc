import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { maskWords } from '../config/secrets/mask';

/** An error that leads to itself ends here. */
const CAUSES_MAX = 10;

/**
 * What an activity fails with is stored by Temporal and shown in its UI: message, stack, details
 * and causes leave without secrets.
 */
export function maskFailures(): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        maskError(error, CAUSES_MAX);
        throw error;
      }
    },
  };
}

/** In place, because the class of an error is part of what it says. */
function maskError(error: unknown, depth: number): void {
  if (!(error instanceof Error) || depth === 0) return;
  error.message = maskWords(error.message);
  if (error.stack !== undefined) error.stack = maskWords(error.stack);
  const { details } = error as { details?: unknown };
  if (Array.isArray(details)) {
    details.forEach((one: unknown, index) => (details[index] = masked(one)));
  }
  maskError(error.cause, depth - 1);
}

function masked(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? value : (JSON.parse(maskWords(text)) as unknown);
}
