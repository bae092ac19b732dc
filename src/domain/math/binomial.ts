/**
 * P(X >= lower) for X ~ Binomial(n, 1/2), in [0, 1] (5.8).
 *
 * Starts from 2^-n by n halvings and walks down from i = n with t(i-1) = t(i)·i/(n-i+1), so the
 * smallest terms are added first and no power or factorial is needed.
 *
 * @param lower count, 0..n
 * @param n number of trials; above about 1,074 the start underflows to 0 and the tail with it
 */
export function binomialUpperTail(lower: number, n: number): number {
  let term = 1;
  for (let i = 0; i < n; i += 1) term /= 2;
  let tail = 0;
  for (let i = n; i >= lower; i -= 1) {
    tail += term;
    term = (term * i) / (n - i + 1);
  }
  return tail;
}
