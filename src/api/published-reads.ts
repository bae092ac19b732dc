import { codeVersion } from '../config/code-version';
import { sha256, type Sha256 } from '../domain/manifest/digest';
import type { Mode } from '../domain/vocabulary';
import type { ApiMetrics } from '../observability/api-metrics';
import type { PublicationRow, RunStore } from '../ports/run-store';
import type { TextCache } from '../ports/text-cache';
import type { EvidenceLine } from '../report/evidence';
import type { ExplainedTrial } from '../service/explain-trial';
import { publicationNamed } from '../service/publications';
import type { OpenPublication, OpenPublications } from './open-publications';

/** What reads of publications are made from. */
interface Sources {
  readonly runs: RunStore;
  readonly publications: OpenPublications;
  readonly explain: (row: PublicationRow, line: EvidenceLine) => Promise<ExplainedTrial>;
  readonly metrics: ApiMetrics;
  /** Asked in this order; what was found further down is kept further up. */
  readonly caches: readonly NamedCache[];
}

export interface NamedCache {
  readonly name: 'memory' | 'redis';
  readonly cache: TextCache;
}

/**
 * Reads of publications. Which one is current is asked of the database every time; what a
 * publication says never changes, so it is kept under its digest, and made once for all who ask at
 * the same time.
 */
export class PublishedReads {
  private readonly making = new Map<string, Promise<string>>();

  constructor(private readonly sources: Sources) {}

  /** @throws NcfdError `PublicationNotFound` */
  named(name: string, mode: Mode | undefined): Promise<PublicationRow> {
    return publicationNamed(this.sources.runs, name === 'current' ? undefined : name, mode);
  }

  /** Works on a publication that was read and verified, and is held open meanwhile. */
  use<T>(row: PublicationRow, work: (publication: OpenPublication) => Promise<T>): Promise<T> {
    return this.sources.publications.use(row, work);
  }

  explain(row: PublicationRow, line: EvidenceLine): Promise<ExplainedTrial> {
    return this.sources.explain(row, line);
  }

  /**
   * A text that follows from a publication and our code, and nothing else.
   *
   * @param what names the text among all that are made of this publication
   */
  text(row: PublicationRow, what: string, make: () => Promise<string>): Promise<string> {
    const key = keyOf(row.publicationSha256, what);
    const known = this.making.get(key);
    if (known !== undefined) return known;
    const making = this.found(key, make).finally(() => this.making.delete(key));
    this.making.set(key, making);
    return making;
  }

  private async found(key: string, make: () => Promise<string>): Promise<string> {
    const { caches, metrics } = this.sources;
    for (const [index, { name, cache }] of caches.entries()) {
      const text = await cache.get(key);
      if (text === null) continue;
      metrics.publishedReads.inc({ from: name });
      await keep(caches.slice(0, index), key, text);
      return text;
    }
    metrics.publishedReads.inc({ from: 'made' });
    const text = await make();
    await keep(caches, key, text);
    return text;
  }
}

const keyOf = (publication: Sha256, what: string): string =>
  `ncfd:read:${codeVersion()}:${publication}:${sha256(what)}`;

async function keep(caches: readonly NamedCache[], key: string, text: string): Promise<void> {
  await Promise.all(caches.map(({ cache }) => cache.set(key, text)));
}
