import { css } from '../escape';

/** The folded case of one trial and the parts of its evidence. */
export const CASE = css`
  .case {
    border: 1px solid var(--line);
    border-bottom-width: 0;
    background: var(--raised);
  }
  .case:first-of-type {
    border-radius: 10px 10px 0 0;
  }
  .case:last-of-type {
    border-bottom-width: 1px;
    border-radius: 0 0 10px 10px;
  }
  .case:first-of-type:last-of-type {
    border-radius: 10px;
  }
  summary {
    display: grid;
    grid-template-columns: 2.2rem 4.4rem minmax(0, 1fr) minmax(0, 15rem) 1rem;
    gap: 0 1rem;
    align-items: center;
    padding: 0.8rem 1.1rem;
    cursor: pointer;
    list-style: none;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  summary::after {
    content: '';
    width: 0.5rem;
    height: 0.5rem;
    border: solid var(--soft);
    border-width: 0 2px 2px 0;
    transform: rotate(45deg);
    justify-self: center;
  }
  [open] > summary::after {
    transform: rotate(-135deg);
  }
  summary:hover .title {
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  .rank {
    color: var(--soft);
    text-align: right;
  }
  .rank::before {
    content: '#';
  }
  .p b {
    display: block;
    font-size: 1.25rem;
    line-height: 1.1;
  }
  .p.call b {
    color: var(--fired);
  }
  .title {
    display: block;
    font-weight: 600;
    line-height: 1.35;
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem;
  }
  .chip {
    display: inline-block;
    border: 1px solid var(--line);
    border-radius: 5px;
    padding: 0 0.42em;
    font-size: 0.8rem;
    line-height: 1.65;
    white-space: nowrap;
    color: var(--soft);
  }
  .chip.fired {
    border-color: var(--fired);
    color: var(--fired);
  }
  .chip.stop {
    border-color: var(--stop);
    color: var(--stop);
  }
  .chip.unknown {
    border-style: dashed;
    border-color: var(--soft);
  }
  .body {
    border-top: 1px solid var(--line);
    padding: 0.4rem 1.3rem 1.5rem 4.3rem;
    scroll-margin-top: 6rem;
  }
  .verdict {
    margin-top: 0.8rem;
  }
  .gate {
    margin: 0.45rem 0;
  }
  .indent {
    margin: 0.1rem 0 0.3rem 1.1rem;
  }
  .signal {
    margin: 0.5rem 0 0.9rem 1.1rem;
    padding-left: 0.9rem;
    border-left: 2px solid var(--line);
  }
  .signal p {
    margin: 0;
  }
  ul {
    margin: 0.3rem 0;
    padding-left: 1.1rem;
  }
  .evidence {
    list-style: none;
    padding: 0;
    font-size: 0.92rem;
  }
  .evidence li {
    margin: 0.35rem 0;
  }
  q {
    font-style: italic;
    quotes: '“' '”';
  }
  q,
  .source {
    display: block;
    max-width: 80ch;
  }
  time {
    white-space: nowrap;
  }
  .source {
    color: var(--soft);
    font-size: 0.86rem;
  }
  .unknowns {
    font-size: 0.92rem;
  }
`;
