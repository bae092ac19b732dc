import { secret, whole } from './setting-kinds';

/** Where people are told what happened, and how fast. The addresses open their channel: secrets. */
export const NOTIFY_SETTINGS = {
  notifySlackUrl: secret({
    name: 'notify.slack_url',
    variable: 'NCFD_NOTIFY_SLACK_URL',
    summary: 'address of an incoming webhook of Slack that is told of runs and schedules',
  }),
  notifyWebhookUrl: secret({
    name: 'notify.webhook_url',
    variable: 'NCFD_NOTIFY_WEBHOOK_URL',
    summary: 'address that gets each notification as JSON',
  }),
  notifyHeartbeatUrl: secret({
    name: 'notify.heartbeat_url',
    variable: 'NCFD_NOTIFY_HEARTBEAT_URL',
    summary:
      "address outside that is told every minute that notifications go out: dead-man's switch",
  }),
  notifyPerMinute: whole(
    {
      name: 'notify.per_minute',
      variable: 'NCFD_NOTIFY_PER_MINUTE',
      summary: 'notifications a minute that a channel gets at most',
      fallback: 30,
    },
    1,
    6_000,
  ),
  notifyTimeoutMs: whole(
    {
      name: 'notify.timeout_ms',
      variable: 'NCFD_NOTIFY_TIMEOUT_MS',
      summary: 'milliseconds that a channel may take to answer',
      fallback: 10_000,
    },
    100,
    60_000,
  ),
};
