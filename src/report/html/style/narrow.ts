import { css } from '../escape';

/** Changes for a phone and for paper; must come last. */
export const NARROW = css`
  @media (max-width: 720px) {
    main {
      padding: 1.5rem 1rem 4rem;
    }
    .tiles {
      grid-template-columns: 1fr 1fr;
    }
    .tiles div:nth-child(3) {
      border-left: 0;
    }
    .tiles div:nth-child(n + 3) {
      border-top: 1px solid var(--line);
    }
    summary {
      grid-template-columns: auto minmax(0, 1fr) 1rem;
      gap: 0.2rem 0.7rem;
      padding: 0.8rem;
    }
    .rank {
      text-align: left;
      grid-row: 1;
    }
    .p {
      grid-row: 1;
      grid-column: 2;
      display: flex;
      gap: 0.4rem;
      align-items: baseline;
    }
    .who,
    .chips {
      grid-column: 1/-1;
    }
    summary::after {
      grid-row: 1;
      grid-column: 3;
    }
    .body {
      padding: 0.2rem 0.9rem 1.2rem;
    }
    .signal,
    .indent {
      margin-left: 0.2rem;
    }
    .grid {
      grid-template-columns: minmax(0, 1fr);
    }
    table {
      font-size: 0.84rem;
    }
    tbody th,
    td,
    thead th {
      padding-right: 0.5rem;
    }
    .bins .bar {
      width: 60%;
    }
    .states .bar {
      width: 16%;
    }
    .states .num small {
      display: none;
    }
    .logodds .bar {
      width: 40%;
    }
    #scale text:nth-child(even) {
      display: none;
    }
  }
  @media print {
    .case {
      break-inside: avoid;
    }
    nav {
      display: none;
    }
  }
`;
