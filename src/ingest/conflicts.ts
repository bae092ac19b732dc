import type { Sha256 } from '../domain/manifest/digest';
import type { StudyCard } from '../domain/registry/types';
import type { VersionToStore } from '../ports/trial-store';
import type { DocumentProblem } from './problem';

/**
 * Notices within one load that the same thing comes twice with different content: two states of a
 * record at one capture time, two cards of a study with equal dates. Both are kept, since neither
 * can be known to be wrong (3.3: their order is by content digest); the reader is warned.
 */
export class ConflictWatch {
  private readonly seen = new Map<string, Sha256>();

  version({ version }: VersionToStore): DocumentProblem | null {
    const key = `version ${version.nct_id} ${version.captured_at}`;
    if (!this.differs(key, version.content_sha256)) return null;
    return {
      pointer: '',
      code: 'conflicting_version',
      message: `${version.nct_id} was read before with the same capture time ${version.captured_at} and other content; both are kept.`,
    };
  }

  card(card: StudyCard): DocumentProblem | null {
    const key = `card ${card.study_id} ${card.published_at ?? ''} ${card.captured_at}`;
    if (!this.differs(key, card.card_sha256)) return null;
    return {
      pointer: '',
      code: 'conflicting_card',
      message: `${card.study_id} was read before with the same dates and other content; both are kept.`,
    };
  }

  private differs(key: string, content: Sha256): boolean {
    const before = this.seen.get(key);
    if (before === undefined) this.seen.set(key, content);
    return before !== undefined && before !== content;
  }
}
