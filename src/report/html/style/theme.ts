import { css } from '../escape';

/** Colours of the light theme: text on its background has a contrast of at least 4.5 : 1. */
const LIGHT = css`
  color-scheme: light;
  --paper: #fcfcfa;
  --raised: #fff;
  --ink: #1b1f24;
  --soft: #5a636e;
  --line: #dcdfe3;
  --link: #1a5fa8;
  --fired: #b3321f;
  --medium: #d9705c;
  --low: #e9aa9c;
  --clear: #8fa6b8;
  --unknown: #d9dde1;
  --stop: #8a5a00;
  --stop-bar: #d39a2d;
  --warn: #fff6e0;
  --synthetic: #eef0fb;
  --synthetic-edge: #6b74c9;
`;

/** The same names for the dark theme, with the same contrasts. */
const DARK = css`
  color-scheme: dark;
  --paper: #14171b;
  --raised: #1b1f25;
  --ink: #e6e9ed;
  --soft: #a0a9b4;
  --line: #343a42;
  --link: #86b9f0;
  --fired: #f0806c;
  --medium: #c95f4c;
  --low: #8f483b;
  --clear: #60788c;
  --unknown: #3a4149;
  --stop: #e6b450;
  --stop-bar: #c18f2e;
  --warn: #2b2415;
  --synthetic: #20233a;
  --synthetic-edge: #8a92e0;
`;

/** The reader's system chooses the theme; `data-theme` on the root element overrides it. */
export const THEME = css`
  :root {
    ${LIGHT}
  }
  :root[data-theme='dark'] {
    ${DARK}
  }
  @media (prefers-color-scheme: dark) {
    :root:not([data-theme='light']) {
      ${DARK}
    }
  }
`;
