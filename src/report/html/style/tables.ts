import { css } from '../escape';

/** Tables, and the bars inside them. */
export const TABLES = css`
  .grid {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1.25fr);
    gap: 0 2.5rem;
    align-items: start;
  }
  .scroll {
    overflow-x: auto;
    margin: 1rem 0;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 0.9rem;
  }
  caption {
    text-align: left;
    color: var(--soft);
    font-size: 0.88rem;
    padding-bottom: 0.5rem;
  }
  caption b {
    color: var(--ink);
    font-size: 0.98rem;
  }
  th {
    text-align: left;
    font-weight: 400;
    vertical-align: top;
  }
  thead th {
    overflow-wrap: normal;
    color: var(--soft);
    font-size: 0.8rem;
    border-bottom: 1px solid var(--line);
    padding: 0.2rem 0.7rem 0.3rem 0;
    vertical-align: bottom;
  }
  tbody th {
    overflow-wrap: break-word;
  }
  tbody th code {
    overflow-wrap: anywhere;
  }
  tbody th,
  td {
    padding: 0.38rem 0.7rem 0.38rem 0;
    border-bottom: 1px solid var(--line);
    vertical-align: top;
  }
  th:last-child,
  td:last-child {
    padding-right: 0;
  }
  .num {
    text-align: right;
    white-space: nowrap;
  }
  td small,
  tbody th small {
    display: block;
    line-height: 1.35;
  }
  .num + td:not(.num) {
    padding-left: 1.2rem;
  }
  .bar {
    width: 34%;
  }
  .bins .bar {
    width: 72%;
  }
  .bins tbody th {
    white-space: nowrap;
  }
  .states .bar {
    width: 22%;
  }
  .bins tbody th,
  .bins td {
    border: 0;
    padding-block: 0.07rem;
  }
  .legend {
    display: block;
    margin-top: 0.2rem;
  }
  .legend span {
    margin-right: 0.9em;
    white-space: nowrap;
  }
  .legend i {
    display: inline-block;
    width: 0.7em;
    height: 0.7em;
    border-radius: 2px;
    margin-right: 0.35em;
  }
  svg {
    display: block;
    width: 100%;
    overflow: visible;
  }
  .segments rect {
    height: 100%;
  }
  .segments {
    height: 0.8rem;
    margin-top: 0.32rem;
    border-radius: 2px;
    overflow: hidden;
  }
  .states .segments {
    background: var(--unknown);
  }
  .high,
  .posterior {
    fill: var(--fired);
    background: var(--fired);
  }
  .medium {
    fill: var(--medium);
  }
  .low {
    fill: var(--low);
  }
  .clear,
  .no_call {
    fill: var(--clear);
  }
  i.clear,
  i.no_call {
    background: var(--clear);
  }
  rect.unknown {
    fill: var(--unknown);
  }
  i.unknown {
    background: var(--unknown);
  }
  .stop_rule {
    fill: var(--stop-bar);
    background: var(--stop-bar);
  }
  .logodds {
    max-width: 46rem;
  }
  .logodds .bar {
    width: 52%;
  }
  .logodds td {
    vertical-align: middle;
  }
  .logodds tbody th {
    line-height: 1.35;
    vertical-align: middle;
  }
  .scale {
    height: 14px;
    font-size: 11px;
  }
  #scale text {
    fill: var(--soft);
  }
  .step {
    height: 1.6rem;
  }
  .step rect {
    y: 22%;
    height: 56%;
    rx: 2px;
  }
  .defs {
    position: absolute;
    width: 0;
    height: 0;
  }
  .tick {
    stroke: var(--line);
  }
  .mid {
    stroke: var(--soft);
  }
  .tau {
    stroke: var(--fired);
    stroke-dasharray: 3 3;
  }
  rect.prior {
    fill: var(--clear);
  }
  rect.gate {
    fill: var(--fired);
  }
  rect.stop {
    fill: var(--stop-bar);
  }
  circle.posterior-mark {
    fill: var(--ink);
  }
  .miss {
    white-space: normal;
    margin-right: 0.5em;
  }
  .digests div {
    margin: 0.7rem 0;
  }
`;
