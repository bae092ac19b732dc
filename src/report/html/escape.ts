/** A piece of finished markup. Only `html` and `css` make one, so any other text is escaped. */
export class Html {
  constructor(readonly markup: string) {}
}
export type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/**
 * Markup from a template: every value that is not itself made by `html` is escaped, null is
 * nothing, a list is its parts in order. There is no way to put raw text in.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = withoutIndents(strings);
  let markup = parts[0] ?? '';
  for (let i = 0; i < values.length; i += 1) {
    markup += markupOf(values[i] ?? null) + (parts[i + 1] ?? '');
  }
  return new Html(markup);
}

/** A piece of the style sheet. It may hold other pieces, and never a text of a record. */
export function css(strings: TemplateStringsArray, ...pieces: readonly Html[]): Html {
  return html(strings, ...pieces);
}

const shortTemplates = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The parts of a template with each line end and the indent after it as one line end. */
function withoutIndents(strings: TemplateStringsArray): readonly string[] {
  const known = shortTemplates.get(strings);
  if (known !== undefined) return known;
  const parts = strings.map((part) => part.replace(/\n\s*/g, '\n'));
  shortTemplates.set(strings, parts);
  return parts;
}

function markupOf(value: HtmlValue): string {
  if (value === null) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return value.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Control characters are no text; those that turn the reading direction could disguise it. */
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text safe both between tags and inside a quoted attribute. */
export function escapeText(text: string): string {
  return text.replace(UNSEEN, '\ufffd').replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** The address if it is a web address, else null: no other scheme may become a link. */
export function webAddress(url: string | null | undefined): string | null {
  if (url === null || url === undefined) return null;
  return /^https?:\/\/[^\s"'<>\\]+$/i.test(url) ? url : null;
}
