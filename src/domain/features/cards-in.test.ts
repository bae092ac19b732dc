import type { StudyCard } from '../registry/types';
import { cardsIn } from './cards-in';

const card = (change: Partial<StudyCard>): StudyCard => ({
  study_id: 'ST-1',
  nct_id: 'NCT90000001',
  program_id: null,
  doc_type: 'Paper',
  published_at: '2025-01-01',
  captured_at: '2025-01-02',
  archival: false,
  source_url: null,
  coverage_level: null,
  card_sha256: 'a'.repeat(64),
  body: {},
  program_pvals: [],
  ...change,
});
const cut = Date.UTC(2026, 0, 1);

describe('cards that are in', () => {
  test('the newest card of a study is read: by publication, then capture, then hash', () => {
    const older = card({ published_at: '2024-12-31', captured_at: '2025-06-01' });
    const newer = card({});
    const recaptured = card({ captured_at: '2025-02-01', card_sha256: 'b'.repeat(64) });
    const sameTime = card({ captured_at: '2025-02-01', card_sha256: 'c'.repeat(64) });
    expect(cardsIn([newer, older], cut)).toEqual([newer]);
    expect(cardsIn([recaptured, newer], cut)).toEqual([recaptured]);
    expect(cardsIn([sameTime, recaptured], cut)).toEqual([sameTime]);
  });

  test('a card known after the cut-off does not hide the one before it', () => {
    const before = card({});
    const after = card({ published_at: '2026-01-01', captured_at: '2026-01-01' });
    expect(cardsIn([after, before], cut)).toEqual([before]);
  });

  test('the order is by trial and study, not by arrival', () => {
    const cards = [
      card({ nct_id: 'NCT90000002', study_id: 'A' }),
      card({ study_id: 'B' }),
      card({ study_id: 'A' }),
    ];
    const ids = (list: readonly StudyCard[]) => list.map((c) => `${c.nct_id} ${c.study_id}`);
    expect(ids(cardsIn(cards, cut))).toEqual(ids(cardsIn([...cards].reverse(), cut)));
    expect(ids(cardsIn(cards, cut))[0]).toBe('NCT90000001 A');
  });
});
