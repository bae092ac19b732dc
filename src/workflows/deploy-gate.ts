import type { GoldenAnswer, GoldenInput } from '../contracts/deploy';
import { steps } from './steps';

/**
 * Asked of a version of the worker, and pinned to it: what it is, and how it scores the golden
 * set. Whoever asks compares; nothing of it is stored.
 */
export function deployGate(input: GoldenInput): Promise<GoldenAnswer> {
  return steps.scoreGolden(input);
}
