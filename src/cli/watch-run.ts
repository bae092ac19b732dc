import type { NcfdClient } from '../client';
import type { RunProgress } from '../contracts/run';
import type { RunRow } from '../ports/run-store';
import type { CliIo } from './io';
import { duration, grouped, ProgressLine } from './progress';

/** Shows how a run goes until it ends, or until ctrl-C; throws what the run failed with. */
export async function watchRun(
  io: CliIo,
  client: NcfdClient,
  run: RunRow,
): Promise<'ended' | 'interrupted'> {
  if (run.status === 'published') return 'ended';
  const line = new ProgressLine(io);
  const ctrlC = new AbortController();
  const press = (): void => ctrlC.abort();
  process.once('SIGINT', press);
  const started = performance.now();
  try {
    await client.awaitRun(run.header.runKey, {
      signal: ctrlC.signal,
      onProgress: (progress) =>
        line.show(progressText(progress, (performance.now() - started) / 1000)),
    });
    return 'ended';
  } catch (error) {
    if (ctrlC.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    line.end();
    process.off('SIGINT', press);
  }
}

/** `score: 3/16 shards of 31,359 trials, 4,100 trials/s, ETA 5 s`. */
export function progressText(
  progress: Pick<
    RunProgress,
    'stage' | 'shards' | 'trials' | 'frozen' | 'scored' | 'failed' | 'paused'
  >,
  seconds: number,
): string {
  const { stage, shards, trials, frozen, scored, failed, paused } = progress;
  if (shards === 0) return `${stage}: choosing the trials`;
  // Freezing and scoring each take every shard once: two steps make a shard whole.
  const share = (frozen + scored) / (2 * shards);
  const perSecond = seconds > 0 ? (share * trials) / seconds : 0;
  const done = stage === 'freeze' ? frozen : scored;
  return [
    `${stage}: ${grouped(done)}/${grouped(shards)} shards of ${grouped(trials)} trials`,
    ...(paused === null ? [] : [`paused by ${paused.actor}`]),
    ...(perSecond > 0 && paused === null ? [`${grouped(perSecond)} trials/s`] : []),
    ...(share > 0 && share < 1 && paused === null
      ? [`ETA ${duration((seconds * (1 - share)) / share)}`]
      : []),
    ...(failed > 0 ? [`${grouped(failed)} shard(s) failed`] : []),
  ].join(', ');
}
