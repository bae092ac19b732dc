import { drawOf, LONG, type CaseBook } from './cases';
import type { RealLane } from './real-lane';
import type { Crossed, Position, StruckProcess } from './struck-process';

/** One run, struck at one position. */
export interface Case {
  readonly name: string;
  readonly position: Position;
}

/** Makes an undisturbed run in every lane; how often each kind of activity crosses a boundary. */
export async function rehearsed(
  lanes: readonly RealLane[],
  worker: StruckProcess,
): Promise<Crossed> {
  await Promise.all(lanes.map(async (lane) => (await lane.start()).ended));
  const crossed = await worker.rest();
  const least: Record<string, number> = { ...crossed[0] };
  for (const one of crossed) {
    for (const [activity, count] of Object.entries(one)) {
      least[activity] = Math.min(least[activity] ?? 0, count);
    }
  }
  return least;
}

/**
 * Cases of one fault that are asked for: every position in the long set; in the quick set one of
 * each kind of activity, drawn by the seed.
 */
export function casesOf(fault: string, crossed: Crossed, book: CaseBook): readonly Case[] {
  return Object.entries(crossed)
    .flatMap(([activity, count]) => {
      const all = Array.from({ length: count }, (_, i) => i + 1);
      const drawn = 1 + drawOf('position', fault, activity)(count);
      return (LONG ? all : [drawn]).map((nth) => ({
        name: `${fault.replaceAll(' ', '-')}:${activity}:${nth}`,
        position: { activity, nth },
      }));
    })
    .filter(({ name }) => book.wants(name));
}

/** Cases that are tried at once, in an order in which different activities meet. */
export function rounds(cases: readonly Case[], size: number): readonly (readonly Case[])[] {
  const count = Math.ceil(cases.length / size);
  return Array.from({ length: count }, (_, r) => cases.filter((_case, i) => i % count === r));
}
