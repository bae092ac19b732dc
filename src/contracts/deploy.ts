import type { GoldenScore } from '../domain/golden';
import type { Sha256 } from '../domain/manifest/digest';

/** What a version of the worker is asked before it takes traffic. */
export interface GoldenInput {
  /** The golden set that it must have; null: it only says what it is. */
  readonly goldenSha256: Sha256 | null;
}

/** What a version of the worker is, and what it makes of the golden set. */
export interface GoldenAnswer {
  /** Of the code that computes: part of every run key. */
  readonly codeVersion: string;
  /** Of the workflow code that it runs, without source map. */
  readonly bundleSha256: Sha256;
  /** Grows with every deliberate move of a published number. */
  readonly modelVersion: number;
  readonly scores: readonly GoldenScore[];
}

/** Workflow id of one question to a version. */
export const gateWorkflowId = (deployment: string, buildId: string, nth: string): string =>
  `ncfd/gate/${deployment}/${buildId}/${nth}`;
