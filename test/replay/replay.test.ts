import { readFileSync } from 'node:fs';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { silentLog } from '../../src/observability/log';
import { installRuntime } from '../../src/worker/runtime';
import { testBundle } from '../workflow/support/bundle';
import { readRecording, recordings, type RecordedHistory } from './recorded';

let codePath: string;

beforeAll(async () => {
  installRuntime({ log: silentLog(), metricsPort: 0, handleSignals: false });
  ({ codePath } = await testBundle());
});

const replay = (
  { history, workflowId }: RecordedHistory,
  workflowBundle: { codePath: string } | { code: string } = { codePath },
): Promise<void> => Worker.runReplayHistory({ workflowBundle }, history, workflowId);

test('every path of a run has a recording', () => {
  const paths = new Set(recordings().map((name) => name.split('.')[0]));
  expect([...paths]).toEqual([
    'approved',
    'cancelled',
    'continued-as-new',
    'deploy-gate',
    'failed-shard',
    'forked',
    'happy',
    'held-retried',
    'partitions',
    'paused-cancelled',
    'paused-resumed',
    'rejected',
    'retried-activity',
    'scheduled-start',
  ]);
});

test.each(recordings())('the workflow code of today continues %s', async (name) => {
  await replay(readRecording(name));
});

test('a recording whose step has another name is refused', async () => {
  const { history, workflowId } = readRecording('happy.run.0.json');
  const text = JSON.stringify(history);
  expect(text).toContain('"sealSnapshot"');
  const renamed: unknown = JSON.parse(text.replaceAll('"sealSnapshot"', '"sealTheSnapshot"'));
  await expect(replay({ history: renamed, workflowId })).rejects.toThrow(DeterminismViolationError);
});

test('workflow code that takes its steps in another order is refused', async () => {
  const code = readFileSync(codePath, 'utf8');
  const changed = code.replaceAll("proxied('verifyRun')", "proxied('publishRun')");
  expect(changed).not.toBe(code);
  const happy = readRecording('happy.run.0.json');
  await expect(replay(happy, { code: changed })).rejects.toThrow(DeterminismViolationError);
});

test('recordings tell nothing of the machine that made them', () => {
  for (const name of recordings()) {
    const text = JSON.stringify(readRecording(name));
    expect(text).not.toMatch(/"identity":"[^"]+"/);
    expect(text).not.toMatch(/"stackTrace":"[^"]+"/);
    expect(text).not.toMatch(/"\d+@/);
  }
});
