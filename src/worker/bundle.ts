import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, type Logger, type WorkflowBundleOption } from '@temporalio/worker';
import { codeDigest, textDigest } from '../config/build';
import type { Sha256 } from '../domain/manifest/digest';

const ROOT = path.resolve(__dirname, '..');
/** Made by the build; absent when the sources run as they are. */
const BUILT = path.join(ROOT, 'workflow-bundle.js');

let made: Promise<WorkflowBundleOption> | null = null;

/** The workflow code as the sandbox loads it: from the build, else bundled once per process. */
export function workflowBundle(logger?: Logger): Promise<WorkflowBundleOption> {
  made ??= existsSync(BUILT) ? Promise.resolve({ codePath: BUILT }) : bundle(logger);
  return made;
}

/** File of the bundle that the build made. */
export const workflowBundleFile = (): string => BUILT;

/** Digest of workflow code as the sandbox loads it. */
export const bundleDigest = (bundled: WorkflowBundleOption): Sha256 =>
  'codePath' in bundled ? codeDigest(bundled.codePath) : textDigest(bundled.code);

/**
 * Bundles the workflows with their interceptors; the worker ignores the latter otherwise.
 *
 * @param more files with further interceptors; for tests
 */
export async function bundle(
  logger?: Logger,
  more: readonly string[] = [],
): Promise<{ readonly code: string }> {
  return bundleWorkflowCode({
    workflowsPath: path.join(ROOT, 'workflows', entry('index')),
    workflowInterceptorModules: [path.join(ROOT, 'workflows', entry('interceptors')), ...more],
    ...(logger === undefined ? {} : { logger }),
  });
}

const entry = (name: string): string => `${name}${path.extname(__filename)}`;
