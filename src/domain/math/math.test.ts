import fc from 'fast-check';
import { binomialUpperTail } from './binomial';
import { clamp, exp, ln, logistic, logit } from './exp-log';
import { normalCdf, normalQuantile } from './normal';
import { atLeast, atMost, clearlyBelow } from './tolerance';

const close = (actual: number, expected: number, tolerance: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);

test('the normal distribution reproduces the checks of 12.7 to 1e-12', () => {
  close(normalCdf(1), 0.8413447460685429, 1e-12);
  close(normalCdf(-3), 0.0013498980316301, 1e-12);
  close(normalQuantile(0.95), 1.6448536269514722, 1e-12);
  close(normalQuantile(0.975), 1.959963984540054, 1e-12);
  close(normalQuantile(0.99), 2.3263478740408408, 1e-12);
});

test('the normal distribution stays finite and monotone over [-38, 38]', () => {
  const z = fc.double({ min: -38, max: 38, noNaN: true });
  fc.assert(fc.property(z, z, (a, b) => normalCdf(Math.min(a, b)) <= normalCdf(Math.max(a, b))));
  expect(normalCdf(-38)).toBeGreaterThanOrEqual(0);
  expect(normalCdf(38)).toBe(1);
});

test('the quantile inverts the distribution to 1e-12 relative', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 0.5, noNaN: true }), (p) => {
      close(normalCdf(normalQuantile(p)) / p, 1, 1e-12 * 50);
    }),
  );
});

test.each([
  [10, 0, 0.000976563],
  [9, 1, 0.010742188],
  [11, 1, 0.003173828],
  [12, 2, 0.006469727],
  [12, 3, 0.017578125],
  [20, 10, 0.049368573],
])('the binomial tail of %i against %i is the one printed in 5.8', (left, right, tail) => {
  close(binomialUpperTail(left, left + right), tail, 5e-10);
});

test('the binomial tail is 1 from zero on and never leaves [0, 1]', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.nat(1000), (n, k) => {
      const tail = binomialUpperTail(Math.min(k, n), n);
      close(binomialUpperTail(0, n), 1, 1e-12);
      return tail >= 0 && tail <= 1 + 1e-12;
    }),
  );
});

test('logit and logistic invert each other and meet their fixed points exactly', () => {
  expect(logistic(0)).toBe(0.5);
  expect(logit(0.5)).toBe(0);
  // Bit guard: the engine's own exponential ends in …045 here, the portable one in …0455.
  expect(exp(1)).toBe(2.7182818284590455);
  expect(exp(0)).toBe(1);
  expect(ln(1)).toBe(0);
  fc.assert(
    fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (x) => {
      close(logit(logistic(x)), x, 1e-11);
    }),
  );
});

test('clamping keeps what is inside and moves the rest to the nearer bound', () => {
  expect([clamp(-9, -8, 8), clamp(3, -8, 8), clamp(9, -8, 8)]).toEqual([-8, 3, 8]);
});

test('the tolerance forgives a rounding error and nothing that a source could print', () => {
  expect(atLeast(0.3 - 0.2, 0.1)).toBe(true);
  expect(atLeast(0.0999, 0.1)).toBe(false);
  expect(atMost(0.1 + 0.2, 0.3)).toBe(true);
  expect(atMost(0.3001, 0.3)).toBe(false);
  expect(clearlyBelow(0.7 - 1e-10, 0.7)).toBe(false);
  expect(clearlyBelow(0.6999, 0.7)).toBe(true);
});
