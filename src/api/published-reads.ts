import type { Mode } from '../domain/vocabulary';
import type { ApiMetrics } from '../observability/api-metrics';
import type { PublicationRow, RunStore } from '../ports/run-store';
import type { EvidenceLine } from '../report/evidence';
import type { ExplainedTrial } from '../service/explain-trial';
import { publicationNamed } from '../service/publications';
import type { Library } from './library';

/** What reads of publications are made from. */
interface Sources {
  readonly runs: RunStore;
  readonly library: Library;
  readonly explain: (row: PublicationRow, line: EvidenceLine) => Promise<ExplainedTrial>;
  readonly metrics: ApiMetrics;
}

/**
 * Reads of publications. Which one is current is asked of the database every time; what a
 * publication says never changes, so it is made once for all who ask at the same time.
 */
export class PublishedReads {
  private readonly making = new Map<string, Promise<string>>();

  constructor(private readonly sources: Sources) {}

  /** @throws NcfdError `PublicationNotFound` */
  named(name: string, mode: Mode | undefined): Promise<PublicationRow> {
    return publicationNamed(this.sources.runs, name === 'current' ? undefined : name, mode);
  }

  get library(): Library {
    return this.sources.library;
  }

  explain(row: PublicationRow, line: EvidenceLine): Promise<ExplainedTrial> {
    return this.sources.explain(row, line);
  }

  /**
   * A text that follows from a publication and nothing else.
   *
   * @param what names the text among all that are made of this publication
   */
  text(row: PublicationRow, what: string, make: () => Promise<string>): Promise<string> {
    const key = `${row.publicationSha256}/${what}`;
    const known = this.making.get(key);
    if (known !== undefined) return known;
    this.sources.metrics.publishedReads.inc({ from: 'made' });
    const making = make().finally(() => this.making.delete(key));
    this.making.set(key, making);
    return making;
  }
}
