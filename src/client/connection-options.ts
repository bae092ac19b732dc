import { loadClientConnectConfig } from '@temporalio/envconfig';
import { required, type Settings } from '../config/settings';
import { messageOf, NcfdError } from '../contracts/errors';

type Loaded = NonNullable<ReturnType<typeof loadClientConnectConfig>['connectionOptions']>;

/** Address from our settings; TLS and API key from the profiles that the Temporal CLI reads too. */
export function connectionOptions(settings: Settings): Loaded & { readonly address: string } {
  const address = required(settings, 'temporalAddress', 'TEMPORAL_ADDRESS');
  try {
    return { ...loadClientConnectConfig().connectionOptions, address };
  } catch (cause) {
    throw new NcfdError('BadConfig', `Temporal's client configuration: ${messageOf(cause)}`, {
      hint: 'Correct the TEMPORAL_* variables or the file that TEMPORAL_CONFIG_FILE names.',
      cause,
    });
  }
}
