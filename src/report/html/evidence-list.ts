import type { EvidenceItem } from '../../domain/signals/types';
import { day } from '../format';
import { LIMITS } from '../limits';
import { registryUrl } from '../words';
import { html, Html } from './escape';
import { link, recordText } from './parts';

/** Whose evidence it is, and whether that trial exists in the registry. */
export interface EvidenceOwner {
  readonly nctId: string;
  readonly synthetic: boolean;
}

/** Items without a quote that point into the same document are told together. */
interface Group {
  readonly first: EvidenceItem;
  readonly pointers: readonly string[];
}

/** The evidence of a signal, a document a line: quote, document with link, pointers and date. */
export function evidenceList(items: readonly EvidenceItem[], owner: EvidenceOwner): Html {
  const groups = grouped(items);
  const shown = groups.slice(0, LIMITS.evidencePerSignal);
  const more = groups.length - shown.length;
  return html`<ul class="evidence">
    ${shown.map((group) => groupLine(group, owner))}${more > 0 ? html`<li class="quiet">${more} more in evidence.ndjson</li>` : null}
  </ul>`;
}

function grouped(items: readonly EvidenceItem[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const item of items) {
    const { kind, ref_id, pointer, quote } = item;
    const key = JSON.stringify(
      quote === undefined ? [kind, ref_id] : [kind, ref_id, pointer, quote],
    );
    const group = groups.get(key);
    const pointers = group === undefined ? [pointer] : [...group.pointers, pointer];
    groups.set(key, { first: group?.first ?? item, pointers });
  }
  return [...groups.values()];
}

function groupLine({ first, pointers }: Group, owner: EvidenceOwner): Html {
  const quote = first.quote === undefined ? null : html`<q>${recordText(first.quote)}</q>`;
  const published = day(first.published_at);
  const date = published === null ? null : html`, <time>${published}</time>`;
  const more = pointers.length - LIMITS.pointersPerDocument;
  const codes = pointers
    .slice(0, LIMITS.pointersPerDocument)
    .map((pointer, index) => html`${index === 0 ? '' : ', '}<code>${pointer}</code>`);
  return html`<li>
    ${quote}<span class="source"
      >${sourceLink(first, owner)}${date}: ${codes}${more > 0 ? ` and ${more} more` : null}</span
    >
  </li>`;
}

const KINDS: Readonly<Record<EvidenceItem['kind'], string>> = {
  trial_version: 'registry version',
  study_card: 'study card',
  class_table: 'class table',
  program_pvalue: 'p-value of study',
  registry_field: 'registry record',
};

/** The document with its own address, or its page in the registry when it is from there. */
function sourceLink(item: EvidenceItem, { nctId, synthetic }: EvidenceOwner): Html {
  const text = `${KINDS[item.kind]} ${item.ref_id}`;
  return synthetic ? html`${text}` : link(item.source_url ?? registryPage(item, nctId), text);
}

function registryPage({ kind, ref_id }: EvidenceItem, nctId: string): string | null {
  if (kind === 'class_table') return null;
  if (kind === 'trial_version') return `${registryUrl(nctId)}?tab=history`;
  const named = /NCT[0-9]{8}/.exec(ref_id)?.[0];
  if (named !== undefined) return registryUrl(named);
  return kind === 'registry_field' ? registryUrl(nctId) : null;
}
