import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config/settings';
import type { NotificationStore } from '../ports/notification-store';
import { address, channelsOf, type Channel } from './channels';
import { postJson } from './post';

/** How often the outbox is looked at while nothing is due. */
const LOOK_MS = 2_000;
const HEARTBEAT = 'heartbeat';
const BEAT_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const RETRY_MS_MAX = 300_000;
/** Beyond the timeout of an attempt: for noting what became of it. */
const LEASE_MARGIN_MS = 5_000;

/** What is told of the sending itself. */
export interface NotifierLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface Round {
  readonly delivered: number;
  readonly refused: number;
}

/**
 * Sends what the outbox holds. Of all processes that do so, one at a time has the turn of a
 * channel.
 *
 * What is promised: a notification is attempted until its channel takes it, so none is lost. An
 * attempt whose answer was lost, or whose process died, is made again: a channel may get a
 * notification twice, with the same `Idempotency-Key`, and then it is for the receiver to drop one.
 */
export class Notifier {
  private readonly channels: readonly Channel[];
  private readonly heartbeatUrl: string | null;

  constructor(
    private readonly store: NotificationStore,
    private readonly settings: Settings,
    private readonly log: NotifierLog,
  ) {
    const { notifyHeartbeatUrl: url } = settings;
    this.channels = channelsOf(settings);
    this.heartbeatUrl = url === null ? null : address(url, 'NCFD_NOTIFY_HEARTBEAT_URL');
  }

  /** Whether there is anybody to tell. */
  get configured(): boolean {
    return this.channels.length > 0 || this.heartbeatUrl !== null;
  }

  /** Makes the channels known, so that what is written from now on is kept for them. */
  open(): Promise<void> {
    const names = this.channels.map(({ name }) => name);
    return this.store.openChannels(this.heartbeatUrl === null ? names : [...names, HEARTBEAT]);
  }

  /** Makes every attempt that is due and that the rate limit allows now. */
  async round(): Promise<Round> {
    const rounds = await Promise.all(this.channels.map((channel) => this.drain(channel)));
    await this.beat();
    const sum = (key: keyof Round): number => rounds.reduce((total, one) => total + one[key], 0);
    return { delivered: sum('delivered'), refused: sum('refused') };
  }

  /** Sends until the signal says stop; an attempt that is under way is ended first. */
  async run(signal: AbortSignal): Promise<void> {
    let opened = false;
    while (!signal.aborted) {
      try {
        if (!opened) await this.open();
        opened = true;
        await this.round();
      } catch (err) {
        // The database is away: what is to be told waits there.
        this.log.warn({ err }, 'outbox of notifications was not read');
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async drain(channel: Channel): Promise<Round> {
    const { notifyPerMinute, notifyTimeoutMs: timeoutMs } = this.settings;
    const terms = { leaseMs: timeoutMs + LEASE_MARGIN_MS, gapMs: 60_000 / notifyPerMinute };
    const round = { delivered: 0, refused: 0 };
    for (;;) {
      const claimed = await this.store.claim(channel.name, terms);
      if (claimed === null) return round;
      const { notification, attempt } = claimed;
      const told = { channel: channel.name, key: notification.dedupKey, attempt };
      const posted = await postJson(channel.url, channel.body(claimed), {
        key: notification.dedupKey,
        timeoutMs,
      });
      if (posted.ok) {
        await this.store.delivered(claimed);
        round.delivered += 1;
        this.log.info(told, 'notification delivered');
      } else {
        const { error, pauseMs } = posted;
        await this.store.refused(claimed, { error, pauseMs, retryMs: backoffMs(attempt) });
        round.refused += 1;
        this.log.warn({ ...told, error }, 'notification not delivered');
      }
    }
  }

  /** Tells the outside that notifications go out; its silence is the alarm. */
  private async beat(): Promise<void> {
    if (this.heartbeatUrl === null) return;
    if (!(await this.store.claimBeat(HEARTBEAT, BEAT_MS))) return;
    const posted = await postJson(
      this.heartbeatUrl,
      { status: 'alive' },
      { key: HEARTBEAT, timeoutMs: this.settings.notifyTimeoutMs },
    );
    if (posted.ok) await this.store.beaten(HEARTBEAT);
    else this.log.warn({ error: posted.error }, 'heartbeat not delivered');
  }
}

/** Doubles with each attempt up to five minutes; half of it by chance, so that not all come at once. */
function backoffMs(attempt: number): number {
  const full = Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 20));
  return full / 2 + Math.random() * (full / 2);
}
