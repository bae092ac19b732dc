import { z } from 'zod/v4';
import type { JsonObject } from '../../domain/json';
import {
  SEVERITIES,
  type ChannelRow,
  type Claimed,
  type ClaimTerms,
  type DeliveryRow,
  type NewNotification,
  type NotificationStore,
  type Refused,
} from '../../ports/notification-store';
import type { Statements } from './plain';
import { openDatabase, type Database, type DatabaseOptions } from './pool';
import { jsonb, rowsOf, sql, statement } from './sql';

/** Characters of an error that are kept. */
const ERROR_CHARS_MAX = 500;

const StoredNotification = z.object({
  id: z.string(),
  dedupKey: z.string(),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  detail: z.custom<JsonObject>(),
  createdAt: z.string(),
});
const Taken = StoredNotification.extend({ attempt: z.int() });
const StoredDelivery = StoredNotification.extend({
  channel: z.string().nullable(),
  attempt: z.int(),
  deliveredAt: z.string().nullable(),
  dueAt: z.string().nullable(),
  lastError: z.string().nullable(),
});
const StoredChannel = z.object({
  channel: z.string(),
  pending: z.coerce.number(),
  oldestSeconds: z.number(),
  deliveredSeconds: z.number().nullable(),
});

const COLUMNS = sql.fragment`n.notification_id AS id, n.dedup_key AS "dedupKey", n.severity,
  n.title, n.detail, n.created_at AS "createdAt"`;
const ms = (value: number) => sql.fragment`make_interval(secs => ${value / 1_000}::float8)`;

export interface OpenedNotifications extends NotificationStore {
  close(): Promise<void>;
}

/** Opens a store with connections of its own. Nothing is connected before the first call. */
export function createNotificationStore(
  url: string,
  options: DatabaseOptions = {},
): OpenedNotifications {
  const database = openDatabase(url, options);
  return Object.assign(notificationStoreOn(database), { close: () => database.close() });
}

/** A store that shares its connections with others. */
export const notificationStoreOn = (database: Database): NotificationStore =>
  new PostgresNotificationStore(database);

class PostgresNotificationStore implements NotificationStore {
  constructor(private readonly database: Database) {}

  async add({ dedupKey, severity, title, detail }: NewNotification): Promise<boolean> {
    const { rowCount } = await this.database.plain((plain) =>
      plain.query(statement`
        INSERT INTO notifications (dedup_key, severity, title, detail)
        VALUES (${dedupKey}, ${severity}, ${title}, ${jsonb(detail)})
        ON CONFLICT (dedup_key) DO NOTHING`),
    );
    return rowCount === 1;
  }

  async openChannels(channels: readonly string[]): Promise<void> {
    for (const channel of channels) {
      await this.database.plain((plain) =>
        plain.query(statement`
          INSERT INTO notification_channels (channel) VALUES (${channel})
          ON CONFLICT (channel) DO NOTHING`),
      );
    }
  }

  claim(channel: string, terms: ClaimTerms): Promise<Claimed | null> {
    return this.database.plain((plain) =>
      plain.transaction(async (transaction) => {
        if (!(await takeTurn(transaction, channel, terms.gapMs))) return null;
        await transaction.query(statement`
          INSERT INTO notification_deliveries (notification_id, channel)
          SELECT n.notification_id, c.channel
          FROM notification_channels c JOIN notifications n ON n.created_at >= c.since
          WHERE c.channel = ${channel} AND NOT EXISTS (
            SELECT 1 FROM notification_deliveries d
            WHERE d.notification_id = n.notification_id AND d.channel = c.channel)
          ON CONFLICT DO NOTHING`);
        const taken = await transaction.maybeOne(rowsOf(Taken)`
          UPDATE notification_deliveries d
          SET attempt = attempt + 1, due_at = clock_timestamp() + ${ms(terms.leaseMs)}
          FROM notifications n
          WHERE n.notification_id = d.notification_id AND d.channel = ${channel}
            AND d.notification_id = (
              SELECT notification_id FROM notification_deliveries
              WHERE channel = ${channel} AND delivered_at IS NULL AND due_at <= clock_timestamp()
              ORDER BY due_at, notification_id LIMIT 1 FOR UPDATE SKIP LOCKED)
          RETURNING ${COLUMNS}, d.attempt`);
        if (taken === null) {
          await openAgain(transaction, channel);
          return null;
        }
        const { attempt, ...notification } = taken;
        return { notification, channel, attempt };
      }),
    );
  }

  async delivered({ notification, channel }: Claimed): Promise<void> {
    await this.database.plain((plain) =>
      plain.transaction(async (transaction) => {
        await transaction.query(statement`
          UPDATE notification_deliveries SET delivered_at = clock_timestamp(), last_error = NULL
          WHERE notification_id = ${notification.id}::bigint AND channel = ${channel}
            AND delivered_at IS NULL`);
        await noteTaken(transaction, channel);
      }),
    );
  }

  async refused({ notification, channel, attempt }: Claimed, refused: Refused): Promise<void> {
    await this.database.plain((plain) =>
      plain.transaction(async (transaction) => {
        await transaction.query(statement`
          UPDATE notification_deliveries
          SET last_error = ${refused.error.slice(0, ERROR_CHARS_MAX)},
            due_at = clock_timestamp() + ${ms(refused.retryMs)}
          WHERE notification_id = ${notification.id}::bigint AND channel = ${channel}
            AND attempt = ${attempt} AND delivered_at IS NULL`);
        if (refused.pauseMs === 0) return;
        await transaction.query(statement`
          UPDATE notification_channels
          SET open_at = greatest(open_at, clock_timestamp() + ${ms(refused.pauseMs)})
          WHERE channel = ${channel}`);
      }),
    );
  }

  claimBeat(channel: string, everyMs: number): Promise<boolean> {
    return this.database.plain((plain) =>
      plain.transaction((transaction) => takeTurn(transaction, channel, everyMs)),
    );
  }

  async beaten(channel: string): Promise<void> {
    await this.database.plain((plain) => noteTaken(plain, channel));
  }

  async channels(): Promise<readonly ChannelRow[]> {
    return this.database.plain((plain) =>
      plain.any(rowsOf(StoredChannel)`
        SELECT c.channel,
          count(n.notification_id) FILTER (WHERE d.delivered_at IS NULL) AS pending,
          coalesce(extract(epoch FROM clock_timestamp() - min(n.created_at)
            FILTER (WHERE d.delivered_at IS NULL)), 0)::float8 AS "oldestSeconds",
          extract(epoch FROM clock_timestamp() - c.delivered_at)::float8 AS "deliveredSeconds"
        FROM notification_channels c
          LEFT JOIN notifications n ON n.created_at >= c.since AND c.channel <> 'heartbeat'
          LEFT JOIN notification_deliveries d
            ON d.notification_id = n.notification_id AND d.channel = c.channel
        GROUP BY c.channel ORDER BY c.channel`),
    );
  }

  async list(limit: number): Promise<readonly DeliveryRow[]> {
    const rows = await this.database.plain((plain) =>
      plain.any(rowsOf(StoredDelivery)`
        SELECT ${COLUMNS}, d.channel, coalesce(d.attempt, 0) AS attempt,
          d.delivered_at AS "deliveredAt", d.due_at AS "dueAt", d.last_error AS "lastError"
        FROM (SELECT * FROM notifications ORDER BY notification_id DESC LIMIT ${limit}) n
          LEFT JOIN notification_deliveries d USING (notification_id)
        ORDER BY n.notification_id DESC, d.channel`),
    );
    return rows.map(({ channel, attempt, deliveredAt, dueAt, lastError, ...notification }) => ({
      ...{ notification, channel, attempt, deliveredAt, dueAt, lastError },
    }));
  }
}

/** One caller at a time, and none before the pause after the last one is over. */
async function takeTurn(
  transaction: Statements,
  channel: string,
  pauseMs: number,
): Promise<boolean> {
  const { rowCount } = await transaction.query(statement`
    UPDATE notification_channels SET open_at = clock_timestamp() + ${ms(pauseMs)}
    WHERE channel = (
      SELECT channel FROM notification_channels
      WHERE channel = ${channel} AND open_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)`);
  return rowCount === 1;
}

/** Nothing was sent, so nobody has to wait. */
const openAgain = (transaction: Statements, channel: string) =>
  transaction.query(statement`
    UPDATE notification_channels SET open_at = clock_timestamp() WHERE channel = ${channel}`);

const noteTaken = (statements: Statements, channel: string) =>
  statements.query(statement`
    UPDATE notification_channels SET delivered_at = clock_timestamp() WHERE channel = ${channel}`);
