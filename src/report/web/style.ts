import { DIFF_STYLE } from '../diff/page';
import { css } from '../html/escape';
import { STYLE } from '../html/style';

/** What pages add to the style of the report: the bar, forms, progress. */
const WEB = css`
  .skip {
    position: absolute;
    left: -100vw;
  }
  .skip:focus {
    left: 1rem;
    top: 0.5rem;
    z-index: 1;
    background: var(--raised);
    padding: 0.4rem 0.8rem;
    border-radius: 6px;
  }
  .site {
    border-bottom: 1px solid var(--line);
    background: var(--raised);
  }
  .site nav {
    max-width: 1080px;
    margin: 0 auto;
    padding: 0.7rem 1.5rem;
    border: 0;
    align-items: center;
  }
  .site a {
    text-decoration: none;
    padding: 0.35rem 0;
  }
  .site a:hover,
  .site a[aria-current] {
    text-decoration: underline;
  }
  .site .brand {
    font-weight: 700;
    color: var(--ink);
    letter-spacing: 0.02em;
  }
  .site form {
    margin-left: auto;
  }
  main {
    padding-top: 1.8rem;
  }
  main > h1 {
    font-size: clamp(1.5rem, 4.5vw, 2.2rem);
  }
  form.filter {
    display: flex;
    flex-wrap: wrap;
    gap: 0.7rem 1rem;
    align-items: end;
    margin: 1.4rem 0;
  }
  main > .tiles {
    margin-top: 1.2rem;
  }
  label {
    display: grid;
    min-width: 0;
    gap: 0.2rem;
    font-size: 0.82rem;
    color: var(--soft);
  }
  input,
  select,
  button {
    font: inherit;
    font-size: 0.95rem;
    color: var(--ink);
    background: var(--raised);
    border: 1px solid var(--soft);
    border-radius: 6px;
    padding: 0.4rem 0.65rem;
    min-height: 2.4rem;
    max-width: 100%;
  }
  select,
  input[type='search'] {
    width: 100%;
  }
  input[type='search'] {
    max-width: 12rem;
  }
  button {
    cursor: pointer;
  }
  button:hover {
    border-color: var(--link);
    color: var(--link);
  }
  input:focus-visible,
  select:focus-visible,
  button:focus-visible {
    outline: 2px solid var(--link);
    outline-offset: 2px;
  }
  .runs td:nth-child(2),
  .ranked tbody th,
  .ranked .num {
    white-space: nowrap;
  }
  .ranked td a {
    font-weight: 600;
  }
  .ranked td small {
    margin-top: 0.1rem;
  }
  .call-mark {
    color: var(--fired);
    font-weight: 600;
  }
  .pager {
    display: flex;
    gap: 1.2rem;
    margin-top: 1.2rem;
  }
  .steps {
    display: grid;
    gap: 0.9rem;
    max-width: 36rem;
    margin: 1.4rem 0;
  }
  progress {
    width: 100%;
    height: 0.9rem;
    accent-color: var(--link);
  }
  .wrong {
    border-left: 4px solid var(--fired);
    padding: 0.5rem 0.9rem;
    background: var(--warn);
  }
  @media (max-width: 720px) {
    .site nav {
      padding: 0.5rem 1rem;
    }
    form.filter label {
      flex: 1 1 8rem;
    }
    input[type='search'] {
      max-width: none;
    }
    .ranked td:last-child,
    .runs td:last-child {
      padding-left: 0.4rem;
    }
    .runs td:nth-child(4),
    .runs th:nth-child(4) {
      display: none;
    }
  }
`;

/** The style sheet of all pages. */
export const WEB_STYLE = css`
  ${STYLE}
  ${DIFF_STYLE}
  ${WEB}
`.markup;
