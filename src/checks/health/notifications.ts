import { required } from '../../config/settings';
import type { ChannelRow } from '../../ports/notification-store';
import { createNotificationStore } from '../../stores/postgres/notification-store';
import type { CheckOutcome } from '../check';
import { duration, off, ok, withoutSecrets, type HealthCheck, type HealthLook } from './look';

/** A beat is due every minute: after five the notifier is dead or its outside does not answer. */
const BEAT_SECONDS_MAX = 300;
/** A notification is attempted within seconds; the longest pause between attempts is five minutes. */
const PENDING_SECONDS_MAX = 900;

/** Somebody sends: the last heartbeat is young, and nothing waits for long. */
export function notificationsCheck({ settings }: HealthLook): HealthCheck {
  const title = 'notifications';
  const { notifySlackUrl, notifyWebhookUrl, notifyHeartbeatUrl } = settings;
  if ([notifySlackUrl, notifyWebhookUrl, notifyHeartbeatUrl].every((url) => url === null)) {
    return off('notifications', title, 'NCFD_NOTIFY_WEBHOOK_URL');
  }
  return {
    id: 'notifications',
    title,
    ...(settings.databaseUrl === null ? {} : { target: withoutSecrets(settings.databaseUrl) }),
    run: async () => {
      const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
      // Connections of its own: those of a worker would hide that nobody can connect any more.
      const store = createNotificationStore(url, { connections: 1 });
      try {
        return outcomeOf(await store.channels(), notifyHeartbeatUrl !== null);
      } finally {
        await store.close();
      }
    },
  };
}

function outcomeOf(looks: readonly ChannelRow[], beats: boolean): CheckOutcome {
  const detail = { channels: looks.map((look) => ({ ...look })) };
  const late = looks
    .filter(({ oldestSeconds }) => oldestSeconds > PENDING_SECONDS_MAX)
    .map(
      (look) => `${look.channel} has ${look.pending} that wait for ${duration(look.oldestSeconds)}`,
    );
  const beat = looks.find(({ channel }) => channel === 'heartbeat')?.deliveredSeconds ?? null;
  if (beats && beat === null) late.unshift('no heartbeat was ever delivered');
  if (beats && beat !== null && beat > BEAT_SECONDS_MAX) {
    late.unshift(`the last heartbeat was delivered ${duration(beat)} ago`);
  }
  const age = beat === null ? '' : `; the last heartbeat was delivered ${duration(beat)} ago`;
  if (late.length === 0) return ok(`nothing waits for long${age}`, detail);
  return {
    status: 'failed',
    reason: late.join('; '),
    hint: 'See `ncfd notify list`; `ncfd notify send` sends without a worker.',
    detail,
  };
}
