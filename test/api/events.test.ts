import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { RunInput } from '../../src/contracts/run';
import { withPutFault } from '../workflow/support/faults';
import { gateOn } from '../workflow/support/gate';
import { startNcfd, TestStack } from '../e2e/command-line';
import { openApiBed, type ApiBed } from './support';

interface Heard {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly [name: string]: unknown };
}

/** A stream of events, read until the server ends it. */
class Listener {
  readonly heard: Heard[] = [];
  readonly ended: Promise<unknown>;

  private constructor(readonly response: IncomingMessage) {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      this.heard.push(...blocks.filter((block) => block.startsWith('id:')).map(eventOf));
    });
    this.ended = once(response, 'close');
  }

  static async on(url: string, lastEventId?: string): Promise<Listener> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const [response] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
    return new Listener(response);
  }

  async until(holds: (heard: readonly Heard[]) => boolean): Promise<void> {
    while (!holds(this.heard)) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function eventOf(block: string): Heard {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
  return {
    id: fields['id'],
    event: fields['event'],
    data: JSON.parse(fields['data']) as Heard['data'],
  };
}

describe('events of a run', () => {
  let bed: ApiBed;
  beforeAll(async () => {
    bed = await openApiBed({}, { worker: false });
  });
  afterAll(() => bed.close());
  const eventsOf = ({ header }: RunInput, url = bed.api.url) =>
    `${url}/v1/runs/${header.runId}/events`;

  test('tell where it stands until it ends; who comes back is told only what is new, by any process', async () => {
    const gate = gateOn(/\/signals\//);
    await bed.harness.startWorker({ artifacts: (real) => withPutFault(real, gate.fault) });
    const input = await bed.harness.register();
    await bed.harness.client.startRun(input);
    const stream = await Listener.on(eventsOf(input));
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await gate.reached();
    await stream.until((heard) => heard.at(-1)?.data['stage'] === 'score');
    const last = stream.heard.at(-1) as Heard;
    expect(last).toMatchObject({
      event: 'progress',
      data: { run: input.header.runId, trials: 60 },
    });

    const other = await bed.another();
    const again = await Listener.on(eventsOf(input, other.url), last.id);
    gate.open();
    await Promise.all([stream.ended, again.ended]);
    expect(again.heard.map(({ id }) => id)).not.toContain(last.id);
    for (const { heard } of [stream, again]) {
      expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
      expect(heard.at(-1)).toMatchObject({
        event: 'end',
        data: { status: 'published', publication: expect.stringMatching(/^[0-9a-f]{64}$/) },
      });
    }

    // A browser that is told 204 asks no more.
    const end = await Listener.on(eventsOf(input), stream.heard.at(-1)?.id);
    expect([end.response.statusCode, end.heard]).toEqual([204, []]);
    const late = await Listener.on(eventsOf(input));
    await late.ended;
    expect(late.heard.map(({ event }) => event)).toEqual(['end']);
  });

  test('go on when Temporal cannot be asked: the stream says so', async () => {
    const lost = await bed.another({ temporalAddress: '127.0.0.1:9' });
    const input = await bed.harness.register();
    const stream = await Listener.on(eventsOf(input, lost.url));
    await stream.until((heard) => heard.length > 0);
    expect(stream.heard[0]).toMatchObject({
      event: 'progress',
      data: { status: 'pending', trouble: { code: 'NCFD4001', retryable: true } },
    });
    const ended = stream.ended;
    await lost.close();
    await ended;
  });
});

test('`ncfd api` says where it listens, is ready, and ends streams and itself when it is told to', async () => {
  const stack = await TestStack.open();
  const child = startNcfd(['api'], { env: stack.env });
  stack.stopAtEnd(child);
  child.stdout?.resume();
  const said: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const address = () => /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said.join(''))?.[1];
  while (address() === undefined) {
    if (child.exitCode !== null) throw new Error(said.join(''));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const url = address() as string;
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready', reasons: [] });
  expect(await (await fetch(`${url}/livez`)).json()).toEqual({ status: 'alive' });
  const health = (await (await fetch(`${url}/health`)).json()) as { verdict: string };
  expect(health.verdict).toBe('down'); // no worker takes work
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
  const taken = await stack.ncfd(['api'], {
    env: { NCFD_API_PORT: '1', NCFD_ARTIFACTS: undefined },
  });
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining('NCFD_ARTIFACTS')]);
  await stack.close();
});
