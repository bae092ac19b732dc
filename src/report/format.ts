/** 31359 → `31,359`, whatever the locale. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 call`, `2 calls`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** Probability with 3 decimals; a dash where there is none. */
export const probability = (p: number | null): string => (p === null ? '–' : p.toFixed(3));

/** Log-odds with sign and 2 decimals. */
export function logOdds(value: number | null): string {
  if (value === null) return '–';
  const text = Math.abs(value).toFixed(2);
  if (Number(text) === 0) return '0.00';
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** Day of an instant or of a partial date. */
export const day = (instant: string | null): string | null =>
  instant === null ? null : instant.slice(0, 10);

/** Text cut to so many characters, at a word if there is one near, with an ellipsis. */
export function shortened(text: string, chars: number): string {
  const all = [...text];
  if (all.length <= chars) return text;
  const head = all.slice(0, chars).join('');
  const space = head.lastIndexOf(' ');
  return `${space > chars * 0.7 ? head.slice(0, space) : head}…`;
}
