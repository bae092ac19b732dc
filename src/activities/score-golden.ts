import { NcfdError } from '../contracts/errors';
import type { GoldenAnswer, GoldenInput } from '../contracts/deploy';
import { goldenScore, type GoldenScore } from '../domain/golden';
import { beating } from './attempt';
import type { ActivityDeps } from './deps';

/**
 * Says what code runs here, and scores the golden set with it. The set is read from this
 * installation: what is asked about is the whole of it, its files included.
 */
export const scoreGolden =
  ({ golden, codeVersion }: ActivityDeps) =>
  ({ goldenSha256 }: GoldenInput): Promise<GoldenAnswer> =>
    beating(async (pacer) => {
      if (golden === undefined) throw new NcfdError('Bug', 'this worker knows no golden set');
      const set = golden.read();
      const scores: GoldenScore[] = [];
      if (goldenSha256 !== null && set.sha256 !== goldenSha256) {
        throw new NcfdError('FrozenSetMismatch', `this worker has another golden set`, {
          hint: 'Gate a version with the ncfd of its own release.',
        });
      }
      for (const trial of goldenSha256 === null ? [] : set.trials) {
        scores.push(goldenScore(trial, set.parameters));
        await pacer.breathe();
      }
      const { modelVersion } = set;
      return { codeVersion, bundleSha256: await golden.bundleSha256(), modelVersion, scores };
    });
