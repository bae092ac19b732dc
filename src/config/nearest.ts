/** Changes of one character that lead from one text to another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** The known name that an unknown one most likely means; null when none is near. */
export function nearest(name: string, known: readonly string[]): string | null {
  // A third of the letters: enough for a slip, too little to take one word for another.
  const limit = Math.max(1, Math.floor(name.length / 3));
  const near = known
    .map((one) => ({ one, steps: distance(name.slice(0, 100), one) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps);
  return near[0]?.one ?? null;
}

/** ", did you mean X?" or nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === null ? '' : `; did you mean ${near}?`;
}
