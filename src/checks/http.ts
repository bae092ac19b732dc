import { messageOf, NcfdError } from '../contracts/errors';

/** What an address answered; bodies beyond the bound are cut. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** No page that is looked at is larger. */
const BODY_BYTES_MAX = 1_048_576;

/**
 * Asks for a page. Redirects are not followed: what is looked at is the address itself.
 *
 * @throws NcfdError `EndpointFailed` when nobody answers
 */
export async function ask(url: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, {
      signal,
      redirect: 'manual',
      headers: { 'user-agent': 'ncfd-health' },
    });
    return { status: response.status, headers: response.headers, body: await textOf(response) };
  } catch (error) {
    // What went wrong is in the cause; the error itself says "fetch failed".
    const cause = (error as { readonly cause?: unknown } | null)?.cause ?? error;
    throw new NcfdError('EndpointFailed', `${withoutQuery(url)}: ${messageOf(cause)}`, {
      hint: 'Check the address and that the service is up.',
      retryable: true,
      cause: error,
    });
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes > BODY_BYTES_MAX) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The JSON of a body; null when it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function withoutQuery(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
