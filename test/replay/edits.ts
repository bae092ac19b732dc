/** One change of the workflow code: `find` occurs exactly once in the file, or the table is stale. */
export interface Edit {
  readonly name: string;
  /** File of `src/workflows`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Edits that no recorded run can go on with, and the workflow whose recordings show it. */
export const BAD_EDITS: readonly (Edit & { readonly workflow: string })[] = [
  {
    name: 'another activity takes the place of a step',
    workflow: 'ncfdRun',
    file: 'steps.ts',
    find: "sealSnapshot: proxied('sealSnapshot')",
    replace: "sealSnapshot: proxied('verifyRun') as never",
  },
  {
    name: 'two steps of a shard change places',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: "['gates', (input, summary) => steps.evaluateGates.executeWithOptions({ summary }, [input])],\n    ['score', (input, summary) => steps.scoreShard.executeWithOptions({ summary }, [input])],",
    replace:
      "['score', (input, summary) => steps.scoreShard.executeWithOptions({ summary }, [input])],\n    ['gates', (input, summary) => steps.evaluateGates.executeWithOptions({ summary }, [input])],",
  },
  {
    name: 'a step of a shard is left out',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: "['gates', (input, summary) => steps.evaluateGates.executeWithOptions({ summary }, [input])],",
    replace: '',
  },
  {
    name: 'a step of a shard is done twice',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: "['freeze', (input, summary) => steps.freezeFeatures.executeWithOptions({ summary }, [input])],",
    replace:
      "['freeze', (input, summary) => steps.freezeFeatures.executeWithOptions({ summary }, [input])],\n    ['freeze', (input, summary) => steps.freezeFeatures.executeWithOptions({ summary }, [input])],",
  },
  {
    name: 'the check before publishing is left out',
    workflow: 'ncfdRun',
    file: 'run.ts',
    find: 'const counts = await steps.verifyRun(step);',
    replace: 'const counts = {} as RunCounts;',
  },
  {
    name: 'the run is checked twice',
    workflow: 'ncfdRun',
    file: 'run.ts',
    find: 'const counts = await steps.verifyRun(step);',
    replace: 'await steps.verifyRun(step);\n  const counts = await steps.verifyRun(step);',
  },
  {
    name: 'a timer before the run is checked',
    workflow: 'ncfdRun',
    file: 'run.ts',
    find: "board.enter('verify');",
    replace:
      "await new Promise((resolve) => setTimeout(resolve, 1_000));\n  board.enter('verify');",
  },
  {
    name: 'a timer between the steps of a shard',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: 'trials = result.trials;',
    replace:
      'trials = result.trials;\n      await new Promise((resolve) => setTimeout(resolve, 10));',
  },
  {
    name: 'a change of search attributes without a version',
    workflow: 'ncfdRun',
    file: 'board.ts',
    find: 'this.#counts = counts;',
    replace:
      'this.#counts = counts;\n    upsertSearchAttributes([{ key: TRIALS, value: counts.trials }]);',
  },
  {
    name: 'a change of search attributes is left out',
    workflow: 'ncfdRun',
    file: 'board.ts',
    find: 'upsertSearchAttributes([{ key: SNAPSHOT, value: snapshotSha256 }]);',
    replace: 'void snapshotSha256;',
  },
  {
    name: 'search attributes are set after the step instead of before',
    workflow: 'ncfdRun',
    file: 'run.ts',
    find: "board.enter('verify');\n  const counts = await steps.verifyRun(step);",
    replace: "const counts = await steps.verifyRun(step);\n  board.enter('verify');",
  },
  {
    name: 'partitions get other workflow ids',
    workflow: 'ncfdRun',
    file: 'phase.ts',
    find: 'partitionWorkflowId(workflowInfo().workflowId, phase, piece.partition);',
    replace: 'partitionWorkflowId(workflowInfo().workflowId, phase, piece.partition + 1);',
  },
  {
    name: 'partitions are workflows of another type',
    workflow: 'ncfdRun',
    file: 'phase.ts',
    find: 'startChild(ncfdPartition, {',
    replace: "startChild('ncfdShards' as never, {",
  },
  {
    name: 'the partitions are taken from the last to the first',
    workflow: 'ncfdRun',
    file: 'phase.ts',
    find: '() => pieces[next++],',
    replace: '() => pieces[pieces.length - 1 - next++],',
  },
  {
    name: 'one shard in flight where there were some',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: 'sizing.window,\n',
    replace: '1,\n',
  },
  {
    name: 'a partition never goes on in a new history',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: 'tally.next - begun >= sizing.shardsPerHistory || workflowInfo().continueAsNewSuggested;',
    replace: 'workflowInfo().continueAsNewSuggested && begun < 0;',
  },
  {
    name: 'a partition goes on in a new history sooner',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: 'tally.next - begun >= sizing.shardsPerHistory ||',
    replace: 'tally.next - begun >= sizing.shardsPerHistory - 1 ||',
  },
  {
    name: 'a partition stops at the first shard that fails',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: 'if (isCancellation(error)) throw error;',
    replace: 'throw error;',
  },
  {
    name: 'a cancelled run cleans up in the scope that was cancelled',
    workflow: 'ncfdRun',
    file: 'run.ts',
    find: 'await CancellationScope.nonCancellable(async () => {',
    replace: 'await CancellationScope.cancellable(async () => {',
  },
  {
    name: 'a step depends on the clock of the worker',
    workflow: 'ncfdPartition',
    file: 'partition.ts',
    find: 'let trials = 0;',
    replace:
      'let trials = 0;\n  if (Date.now() > Date.parse("2020-01-01")) await steps.scoreShard({ header, plan, shard });',
  },
];

/** Edits that every recorded run goes on with. */
export const HARMLESS_EDITS: readonly Edit[] = [
  {
    name: 'a local is renamed',
    file: 'run.ts',
    find: 'const counts = await steps.verifyRun(step);\n  board.verified(counts);',
    replace:
      'const verified = await steps.verifyRun(step);\n  const counts = verified;\n  board.verified(verified);',
  },
  {
    name: 'a comment',
    file: 'run.ts',
    find: 'board.planned(plan);',
    replace: '// The plan is known.\n  board.planned(plan);',
  },
  {
    name: 'a line in the log',
    file: 'partition.ts',
    find: 'trials = result.trials;',
    replace: "trials = result.trials;\n      console.log('shard step done', stage, shard);",
  },
  {
    name: 'other words in the summary of an activity',
    file: 'partition.ts',
    find: '`${stage} ${shard + 1}/${shards}`',
    replace: '`shard ${shard + 1} of ${shards}: ${stage}`',
  },
  {
    name: 'other words in the summary of a partition',
    file: 'phase.ts',
    find: '`${phase} shards ${from + 1}-${to} of ${shards}`',
    replace: '`shards ${from + 1} to ${to} of ${shards}: ${phase}`',
  },
  {
    name: 'other titles in the table that the UI shows',
    file: 'board.ts',
    find: "['plan', 'plan shards'],",
    replace: "['plan', 'choose the trials'],",
  },
  {
    name: 'a longer heartbeat timeout',
    file: 'policies.ts',
    find: "const HEARTBEAT = '10 s';",
    replace: "const HEARTBEAT = '20 s';",
  },
  {
    name: 'more attempts of a shard',
    file: 'policies.ts',
    find: "const SHARD = { first: '1 s', max: '1 min', attempts: 8 } as const;",
    replace: "const SHARD = { first: '1 s', max: '1 min', attempts: 12 } as const;",
  },
  {
    name: 'another limit of the whole activity',
    file: 'policies.ts',
    find: "const SCHEDULE_TO_CLOSE = '24 h';",
    replace: "const SCHEDULE_TO_CLOSE = '12 h';",
  },
  {
    name: 'another backoff',
    file: 'policies.ts',
    find: 'backoffCoefficient: 2,',
    replace: 'backoffCoefficient: 3,',
  },
  {
    name: 'a failure that is retried no more',
    file: 'policies.ts',
    find: "'BadConfig',",
    replace: "'BadConfig',\n  'ArtifactCorrupt',",
  },
  {
    name: 'other words in the failure of a run',
    file: 'phase.ts',
    find: 'shards failed in ${phase}:',
    replace: 'shards came to nothing in ${phase}:',
  },
  {
    name: 'a step moves into a function of its own',
    file: 'run.ts',
    find: 'const seal = await steps.sealSnapshot(step);',
    replace: 'const sealed = async () => steps.sealSnapshot(step);\n  const seal = await sealed();',
  },
  {
    name: 'one more query',
    file: 'partition.ts',
    find: 'setHandler(partitionProgressQuery, () => tally.progress());',
    replace:
      "setHandler(partitionProgressQuery, () => tally.progress());\n  setHandler(defineQuery<number>('next'), () => tally.next);",
  },
  {
    name: 'one more signal',
    file: 'board.ts',
    find: 'setHandler(runProgressQuery, () => this.progress());',
    replace:
      "setHandler(runProgressQuery, () => this.progress());\n    setHandler({ type: 'signal', name: 'note' } as never, () => undefined);",
  },
  {
    name: 'one more workflow type',
    file: 'index.ts',
    find: "export { ncfdRun } from './run';",
    replace:
      "export { ncfdRun } from './run';\nexport async function ncfdNothing(): Promise<number> {\n  return 0;\n}",
  },
  {
    name: 'a step behind patched()',
    file: 'run.ts',
    find: "board.enter('verify');",
    replace: "if (patched('verify-before')) await steps.verifyRun(step);\n  board.enter('verify');",
  },
  {
    name: 'a timer behind patched()',
    file: 'partition.ts',
    find: 'let trials = 0;',
    replace:
      "let trials = 0;\n  if (patched('breathe')) await new Promise((resolve) => setTimeout(resolve, 10));",
  },
  {
    name: 'more failures are listed in the progress of a partition',
    file: 'partition.ts',
    find: 'this.#failed.length < MAX_LISTED_FAILURES)',
    replace: 'this.#failed.length < 2 * MAX_LISTED_FAILURES)',
  },
  {
    name: 'pure code in another order',
    file: 'board.ts',
    find: 'this.#running.delete(partitionId);\n    this.#done = { ...this.#done, [phase]: this.#done[phase] + done };',
    replace:
      'this.#done = { ...this.#done, [phase]: done + this.#done[phase] };\n    this.#running.delete(partitionId);',
  },
];

/** Import that some edits need; without an edit it changes nothing. */
export const PATCHED = "import { patched } from '@temporalio/workflow';\n";
