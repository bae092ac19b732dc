import type { Html } from '../html/escape';
import { html } from '../html/escape';

/** What every page has around its content. */
export interface Frame {
  readonly title: string;
  /** The part of the site that the page belongs to. */
  readonly part: 'calls' | 'runs' | 'sign-in';
  /** Who is signed in; null: nobody. */
  readonly signedIn: string | null;
  /** Script of the page, by its name below /assets. */
  readonly script?: string;
  /** Seconds after which a browser without scripts looks again. */
  readonly refreshSeconds?: number;
}

/** A page of the site: readable without script, without style, and by keyboard alone. */
export function webPage(frame: Frame, content: Html): string {
  const { title, script, refreshSeconds } = frame;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · NCFD</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/style.css" />
        ${script === undefined ? null : html`<script src="/assets/${script}" defer></script>`}
        ${
          refreshSeconds === undefined
            ? null
            : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>`
        }
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        ${bar(frame)}
        <main id="content">${content}</main>
      </body>
    </html> `.markup;
}

function bar({ part, signedIn }: Frame): Html {
  const item = (name: Frame['part'], href: string, text: string): Html =>
    html`<a href="${href}" ${name === part ? html`aria-current="page"` : null}>${text}</a>`;
  return html`<header class="site">
    <nav aria-label="Site">
      <a class="brand" href="/">NCFD</a>
      ${item('calls', '/', 'Calls')} ${item('runs', '/runs', 'Runs')}
      ${
        signedIn === null
          ? item('sign-in', '/sign-in', 'Sign in')
          : html`<form method="post" action="/sign-out">
              <span class="quiet">${signedIn}</span> <button>Sign out</button>
            </form>`
      }
    </nav>
  </header>`;
}

/** Why there is nothing to see, and what to do. */
export function problemPage(
  frame: Omit<Frame, 'title'>,
  problem: {
    readonly title: string;
    readonly detail: string;
    readonly hint: string | null;
    readonly instance: string;
  },
): string {
  const { title, detail, hint, instance } = problem;
  const content = html`<h1>${title}</h1>
    <p class="lede">${detail}</p>
    ${hint === null ? null : html`<p>${hint}</p>`}
    <p class="quiet">Request <code>${instance}</code></p>`;
  return webPage({ ...frame, title }, content);
}
