import type { Settings } from '../config/settings';
import { NcfdError } from '../contracts/errors';
import type { JsonObject } from '../domain/json';
import type { Claimed } from '../ports/notification-store';

/** A place that notifications go to, and the form that it takes them in. */
export interface Channel {
  readonly name: string;
  readonly url: string;
  body(claimed: Claimed): JsonObject;
}

/** Characters of a message; Slack cuts longer ones. */
const TEXT_CHARS_MAX = 3_000;

/** The channels that the settings name. */
export function channelsOf(settings: Settings): readonly Channel[] {
  const { notifySlackUrl, notifyWebhookUrl } = settings;
  return [
    ...(notifySlackUrl === null
      ? []
      : [{ name: 'slack', url: address(notifySlackUrl, 'NCFD_NOTIFY_SLACK_URL'), body: slack }]),
    ...(notifyWebhookUrl === null
      ? []
      : [
          {
            name: 'webhook',
            url: address(notifyWebhookUrl, 'NCFD_NOTIFY_WEBHOOK_URL'),
            body: plain,
          },
        ]),
  ];
}

/** An address that can be asked; it is a secret, so that a message never shows it. */
export function address(value: string, variable: string): string {
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return value;
  throw new NcfdError('BadConfig', `${variable} is no address like https://HOST/PATH`, {
    hint: 'Give the whole address, or a reference to it like file:PATH.',
  });
}

const SIGNS = { info: ':information_source:', warning: ':warning:', critical: ':rotating_light:' };

/** What an incoming webhook takes; `&`, `<` and `>` are its own signs. */
function slack({ notification: { severity, title, detail } }: Claimed): JsonObject {
  const escaped = (text: string): string =>
    text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const lines = Object.entries(detail).map(
    ([key, value]) => `• ${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const text = [`${SIGNS[severity]} ${title}`, ...lines].join('\n');
  return { text: escaped(text).slice(0, TEXT_CHARS_MAX) };
}

function plain({ notification, attempt }: Claimed): JsonObject {
  const { dedupKey: key, severity, title, detail, createdAt } = notification;
  return { schemaVersion: 1, key, severity, title, detail, createdAt, attempt };
}
