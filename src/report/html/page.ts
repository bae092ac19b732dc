import type { PublicationHeader } from '../input';
import type { Summary } from '../summary';
import type { ScoreTable } from '../table';
export function reportPage(_h: PublicationHeader, _s: Summary, _t: ScoreTable): string {
  return '';
}
