import type { State, Severity } from '../../domain/vocabulary';
import { registryUrl } from '../words';
import type { HtmlValue } from './escape';
import { html, Html, webAddress } from './escape';

/** A link that opens no handle on this page; plain text when the address is no web address. */
export function link(url: string | null | undefined, text: string): Html {
  const address = webAddress(url);
  if (address === null) return html`${text}`;
  return html`<a href="${address}" rel="noopener noreferrer">${text}</a>`;
}

/** The trial's id, linked to the registry unless the trial was generated and is not there. */
export const trialLink = (nctId: string, synthetic: boolean): Html =>
  synthetic ? html`<span class="id">${nctId}</span>` : link(registryUrl(nctId), nctId);

/** Text taken from a record: kept apart in reading direction and marked as a quotation. */
export const recordText = (text: string): Html => html`<bdi>${text}</bdi>`;

export function stateChip(id: string, state: State, severity: Severity | null = null): Html {
  const words = severity === null ? state : `${state} ${severity}`;
  return html`<span class="chip ${state}"><b>${id}</b> ${words}</span>`;
}

export interface TableColumn {
  readonly head: HtmlValue;
  readonly className?: 'num' | 'bar' | 'wide';
}

/** A table with a caption that says what it shows; scrolls sideways by itself when too narrow. */
export function table(
  caption: HtmlValue,
  columns: readonly TableColumn[],
  rows: readonly (readonly HtmlValue[])[],
  className?: string,
): Html {
  const heads = columns.map(
    ({ head, className: css }) => html`<th scope="col" ${classOf(css)}>${head}</th>`,
  );
  const cell = (value: HtmlValue, index: number): Html => {
    const css = classOf(columns[index]?.className);
    return index === 0 ? html`<th scope="row" ${css}>${value}</th>` : html`<td${css}>${value}</td>`;
  };
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map(cell)}
      </tr> `,
  );
  return html`<div class="scroll">
    <table${classOf(className)}>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

const classOf = (name: string | undefined): Html | null =>
  name === undefined ? null : html` class="${name}"`;

export interface BarSegment {
  readonly className: string;
  /** Share of the bar's width, 0..1. */
  readonly share: number;
}

/** A bar of segments from left to right. The numbers stand beside it, so it is decoration. */
export function segmentBar(segments: readonly BarSegment[]): Html {
  let left = 0;
  const rects = segments.flatMap(({ className, share }) => {
    if (share <= 0) return [];
    const rect = html`<rect
      class="${className}"
      x="${percent(left)}"
      width="${percent(share)}"
      height="100%"
    />`;
    left += share;
    return [rect];
  });
  return html`<svg class="segments" aria-hidden="true">${rects}</svg>`;
}

/** A share in 0..1 as CSS percent with two decimals. */
export const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;
