import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { NcfdError } from '../contracts/errors';
import { PAYLOAD_WARNING } from '../contracts/payload';
import type { Log } from '../observability/log';

/**
 * Watches what activities return: references and counters, never rows. A result above the
 * server's limit would fail and be retried without end, so it must be seen long before.
 *
 * @param strict refuse instead of warn; for tests
 */
export function payloadGuard(
  activity: string,
  log: Log,
  strict: boolean,
): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const result = await next(input);
      const chars = (JSON.stringify(result) ?? '').length;
      if (chars <= PAYLOAD_WARNING) return result;
      if (strict)
        throw new NcfdError('PayloadTooLarge', `${activity} returned ${chars} characters`);
      log.warn({ activity, chars }, 'payload was large');
      return result;
    },
  };
}
