/** A number >= 0 as an exact fraction in lowest terms; `den` > 0. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

/** The fraction num/den in lowest terms; `num` >= 0, `den` > 0. */
export function rational(num: bigint, den: bigint): Rational {
  const divisor = greatestCommonDivisor(num, den);
  return { num: num / divisor, den: den / divisor };
}

/** The exact value of decimal digits such as `12` or `30.4375`. */
export function decimalToRational(digits: string): Rational {
  const [whole = '0', fraction = ''] = digits.split('.');
  return rational(BigInt(whole + fraction), BigInt(`1${'0'.repeat(fraction.length)}`));
}

export function product(a: Rational, b: Rational): Rational {
  return rational(a.num * b.num, a.den * b.den);
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compareRationals(a: Rational, b: Rational): number {
  const difference = a.num * b.den - b.num * a.den;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
