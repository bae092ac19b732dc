import type { JsonObject } from '../domain/json';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that people are to be told. */
export interface NewNotification {
  /** Names the event: what is told under it already is not told again. */
  readonly dedupKey: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: JsonObject;
}

export interface Notification extends NewNotification {
  readonly id: string;
  /** ISO instant. */
  readonly createdAt: string;
}

/** The right to make one attempt. Until `leaseMs` is over nobody else makes one. */
export interface Claimed {
  readonly notification: Notification;
  readonly channel: string;
  /** 1 for the first; counted before it is made. */
  readonly attempt: number;
}

export interface ClaimTerms {
  /** How long the attempt may take before somebody else may make another. */
  readonly leaseMs: number;
  /** Pause of the channel after this attempt: its rate limit. */
  readonly gapMs: number;
}

export interface Refused {
  readonly error: string;
  /** How long to wait before the next attempt. */
  readonly retryMs: number;
  /** How long the whole channel asked to be left alone; 0 when it did not. */
  readonly pauseMs: number;
}

export interface DeliveryRow {
  readonly notification: Notification;
  readonly channel: string | null;
  readonly attempt: number;
  readonly deliveredAt: string | null;
  readonly dueAt: string | null;
  readonly lastError: string | null;
}

/** The state of a channel by the clock of the database. */
export interface ChannelRow {
  readonly channel: string;
  readonly pending: number;
  /** Seconds since the oldest pending notification was written; 0 when none is. */
  readonly oldestSeconds: number;
  /** Seconds since it last took something; null before the first time. */
  readonly deliveredSeconds: number | null;
}

/** The outbox of notifications. */
export interface NotificationStore {
  /** False when the key is there already. */
  add(notification: NewNotification): Promise<boolean>;
  /** Makes channels known; what is written from then on is delivered to them. */
  openChannels(channels: readonly string[]): Promise<void>;
  /**
   * Takes the next attempt that is due on a channel, or null: nothing is due, or the channel is
   * not open yet. Of callers at the same time one gets it.
   */
  claim(channel: string, terms: ClaimTerms): Promise<Claimed | null>;
  delivered(claimed: Claimed): Promise<void>;
  /** Notes a failed attempt, unless a later one has been begun. */
  refused(claimed: Claimed, refused: Refused): Promise<void>;
  /** Takes the turn to beat the heart: true for one of all callers within `everyMs`. */
  claimBeat(channel: string, everyMs: number): Promise<boolean>;
  beaten(channel: string): Promise<void>;
  channels(): Promise<readonly ChannelRow[]>;
  /** Newest first; one row for each delivery, and one for a notification that has none. */
  list(limit: number): Promise<readonly DeliveryRow[]>;
}
