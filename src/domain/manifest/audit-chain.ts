import { sha256, type Sha256 } from './digest';

/** A row of the audit log as texts, exactly as its chain hash covers them. */
export interface AuditLink {
  readonly seq: number;
  readonly audit_id: string;
  /** Instant in UTC with microseconds. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly before_sha256: Sha256 | null;
  readonly after_sha256: Sha256 | null;
  readonly reason: string | null;
  /** Text of the JSON as the database writes it. */
  readonly detail: string | null;
  readonly chain: Sha256;
}

/** What stands before the first row. */
export const CHAIN_START: Sha256 = '0'.repeat(64);

/**
 * Digest of a row and of all rows before it: each field as its length in bytes and its text, so
 * that no two contents are written alike. The database computes the same when it inserts the row.
 */
export function chainHash(previous: Sha256, link: Omit<AuditLink, 'chain'>): Sha256 {
  const { seq, audit_id, at, actor, action, subject } = link;
  const { before_sha256, after_sha256, reason, detail } = link;
  const head = [previous, String(seq), audit_id, at, actor, action, subject];
  return sha256([...head, before_sha256, after_sha256, reason, detail].map(field).join(''));
}

const field = (text: string | null): string =>
  text === null ? '-,' : `${Buffer.byteLength(text)}:${text},`;

export interface ChainBreak {
  readonly kind: 'missing' | 'altered' | 'chain_altered' | 'repeated' | 'head_not_found';
  /** Row where the chain breaks; for `missing` the first row that is not there. */
  readonly seq: number;
  /** One sentence that names the row. */
  readonly message: string;
}

export interface ChainVerdict {
  readonly rows: number;
  /** Chain hash of the last row: kept elsewhere, it tells later that the tail was cut off. */
  readonly head: Sha256 | null;
  readonly broken: ChainBreak | null;
}

/** Follows the log row by row, in order of `seq`, and stops at the first row that does not fit. */
export class ChainCheck {
  #rows = 0;
  #head: Sha256 = CHAIN_START;
  /** A row whose content does not give its hash; the next row tells which of the two was altered. */
  #suspect: { readonly link: AuditLink; readonly computed: Sha256 } | null = null;
  #broken: ChainBreak | null = null;
  #wantedSeen: boolean;

  /** @param wanted a head that was kept elsewhere and must be a row of the log */
  constructor(private readonly wanted: Sha256 | null = null) {
    this.#wantedSeen = wanted === null;
  }

  /** Takes the next row; false when nothing that follows can change the verdict. */
  take(link: AuditLink): boolean {
    if (this.#suspect !== null) {
      this.#broken = blame(this.#suspect, link);
      return false;
    }
    if (link.seq !== this.#rows + 1) {
      this.#broken = gap(this.#rows + 1, link);
      return false;
    }
    this.#rows += 1;
    const computed = chainHash(this.#head, link);
    if (computed !== link.chain) this.#suspect = { link, computed };
    this.#head = link.chain;
    if (link.chain === this.wanted) this.#wantedSeen = true;
    return true;
  }

  /** The verdict, after the last row. */
  verdict(): ChainVerdict {
    if (this.#broken === null && this.#suspect !== null) this.#broken = altered(this.#suspect.link);
    const head = this.#rows === 0 ? null : this.#head;
    return { rows: this.#rows, head, broken: this.#broken ?? this.#missingHead() };
  }

  #missingHead(): ChainBreak | null {
    if (this.#wantedSeen) return null;
    const seq = this.#rows + 1;
    const message = `no row has the hash ${this.wanted}: rows from some row on were cut off or written anew; the log ends with row ${this.#rows}`;
    return { kind: 'head_not_found', seq, message };
  }
}

const named = ({ seq, action, subject, at }: AuditLink): string =>
  `row ${seq} of audit_log (${action} of ${subject} at ${at})`;

const altered = (link: AuditLink): ChainBreak => ({
  kind: 'altered',
  seq: link.seq,
  message: `${named(link)}: its fields do not give its chain hash; a field was altered`,
});

/** When the next row fits the computed hash, it is the stored hash that was altered. */
function blame(
  { link, computed }: { readonly link: AuditLink; readonly computed: Sha256 },
  next: AuditLink,
): ChainBreak {
  if (chainHash(computed, next) !== next.chain) return altered(link);
  const message = `${named(link)}: its column chain was altered; the row after it fits its other fields`;
  return { kind: 'chain_altered', seq: link.seq, message };
}

function gap(expected: number, link: AuditLink): ChainBreak {
  if (link.seq < expected) {
    return { kind: 'repeated', seq: link.seq, message: `${named(link)}: its seq is there twice` };
  }
  const last = link.seq - 1;
  const rows = last === expected ? `row ${expected}` : `rows ${expected} to ${last}`;
  return {
    kind: 'missing',
    seq: expected,
    message: `${rows} of audit_log missing before ${named(link)}`,
  };
}
