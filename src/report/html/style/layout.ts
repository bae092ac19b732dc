import { css } from '../escape';

/** The frame of the page: type, headline, notices, section heads. */
export const LAYOUT = css`
  * {
    box-sizing: border-box;
  }
  html {
    -webkit-text-size-adjust: 100%;
    scroll-padding-top: 5rem;
  }
  body {
    margin: 0;
    background: var(--paper);
    color: var(--ink);
    font:
      16px/1.55 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      Arial,
      sans-serif;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  main {
    max-width: 1080px;
    margin: 0 auto;
    padding: 2.5rem 1.5rem 5rem;
  }
  h1,
  h2,
  h3,
  h4 {
    line-height: 1.2;
    margin: 0;
    text-wrap: balance;
  }
  h1 {
    font-size: clamp(2rem, 6vw, 3.2rem);
    font-weight: 700;
    letter-spacing: -0.025em;
  }
  h2 {
    font-size: 1.5rem;
    letter-spacing: -0.015em;
  }
  h3 {
    font-size: 1.05rem;
    margin: 1.75rem 0 0.6rem;
  }
  h4 {
    font-size: 0.8rem;
    text-transform: uppercase;
    letter-spacing: 0.06em;
    color: var(--soft);
    margin: 1.5rem 0 0.5rem;
  }
  p {
    margin: 0.5rem 0;
    max-width: 72ch;
  }
  section {
    margin-top: 3.25rem;
  }
  small,
  .quiet {
    color: var(--soft);
    font-size: 0.86rem;
  }
  code {
    font:
      0.85em/1.4 ui-monospace,
      SFMono-Regular,
      Menlo,
      Consolas,
      monospace;
  }
  a {
    color: var(--link);
    text-decoration-thickness: 1px;
    text-underline-offset: 2px;
  }
  a:focus-visible,
  summary:focus-visible,
  .scroll:focus-visible {
    outline: 2px solid var(--link);
    outline-offset: 2px;
    border-radius: 4px;
  }
  .eyebrow {
    font-size: 0.82rem;
    font-weight: 600;
    letter-spacing: 0.05em;
    color: var(--soft);
    margin: 0 0 0.5rem;
  }
  .lede {
    font-size: 1.08rem;
    margin: 0.9rem 0 1.6rem;
  }
  dl,
  dd {
    margin: 0;
  }
  .tiles {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--raised);
    overflow: hidden;
  }
  .tiles div {
    padding: 1rem 1.1rem;
  }
  .tiles div + div {
    border-left: 1px solid var(--line);
  }
  dt {
    font-size: 0.82rem;
    color: var(--soft);
  }
  .tiles b {
    display: block;
    font-size: 1.9rem;
    line-height: 1.2;
    letter-spacing: -0.02em;
  }
  .tiles div:first-child b {
    color: var(--fired);
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6rem 2rem;
    margin-top: 1.1rem;
  }
  .facts dd {
    font-weight: 600;
    font-size: 0.95rem;
  }
  nav {
    display: flex;
    flex-wrap: wrap;
    gap: 0.35rem 1.4rem;
    margin: 1.8rem 0 0;
    padding: 0.7rem 0;
    border-block: 1px solid var(--line);
    font-size: 0.94rem;
  }
  .notice {
    background: var(--warn);
    border-left: 4px solid var(--stop-bar);
    border-radius: 0 8px 8px 0;
    padding: 0.85rem 1.1rem;
    margin-top: 1.2rem;
  }
  .notice.synthetic {
    background: var(--synthetic);
    border-color: var(--synthetic-edge);
  }
  .notice h2 {
    text-wrap: wrap;
    font-size: 1rem;
    letter-spacing: 0;
  }
  .notice p {
    font-size: 0.94rem;
    margin: 0.3rem 0 0;
    max-width: 88ch;
  }
  .count {
    display: inline-block;
    min-width: 1.7em;
    padding: 0 0.5em;
    border-radius: 1em;
    background: var(--line);
    font-size: 0.8rem;
    line-height: 1.7;
    font-weight: 600;
    letter-spacing: 0;
    text-align: center;
    vertical-align: 0.12em;
  }
  .empty {
    color: var(--soft);
    font-style: italic;
  }
`;
