import { parameterCache } from '../activities/parameter-cache';
import { codeVersion } from '../config/code-version';
import { NcfdError } from '../contracts/errors';
import { explainScore, type Explained } from '../domain/explain/explain';
import { isJsonObject, type JsonObject } from '../domain/json';
import { canonicalJson } from '../domain/manifest/canonical-json';
import type { Sha256 } from '../domain/manifest/digest';
import type { Parameters } from '../domain/parameters/types';
import type { Mode } from '../domain/vocabulary';
import type { ArtifactStore } from '../ports/artifact-store';
import type { PublicationRow, RunStore } from '../ports/run-store';
import type { EvidenceLine } from '../report/evidence';
import type { CaseOrigin } from '../report/explain';
import { checkEvidenceLine } from '../verify/evidence-line';
import { findRun } from './find-run';
import { evidenceOf } from './publications';

interface Stores {
  readonly runs: RunStore;
  readonly artifacts: ArtifactStore;
}

/** A published score, opened; `problems` is not empty when it is not what its parts give. */
export interface ExplainedTrial {
  readonly origin: CaseOrigin;
  readonly line: EvidenceLine;
  readonly explained: Explained;
  readonly problems: readonly string[];
}

/** Publications that are searched for a trial when no run is named. */
const SEARCHED = 1000;

/**
 * Opens the published score of a trial.
 *
 * @param name run id, run key or publication; null for the newest published run with the trial
 * @throws NcfdError `RunNotFound`, `PublicationNotFound` for a run that published nothing,
 *   `TrialNotFound`
 */
export async function explainTrial(
  stores: Stores,
  nctId: string,
  name: string | null,
  mode: Mode | undefined,
): Promise<ExplainedTrial> {
  const rows = name === null ? await newestFirst(stores, mode) : [await named(stores, name)];
  for (const row of rows) {
    const line = await evidenceOf(stores.artifacts, row, nctId);
    if (line !== null) return openedTrial(parameterCache(stores.runs), row, line, name !== null);
  }
  const where = name === null ? `any publication${mode ? ` of ${mode}` : ''}` : `run ${name}`;
  throw new NcfdError('TrialNotFound', `${nctId} is not in ${where}`, {
    hint: `What is stored of it: ncfd trial show ${nctId}`,
  });
}

async function newestFirst({ runs }: Stores, mode: Mode | undefined): Promise<PublicationRow[]> {
  const rows = await runs.publications(SEARCHED);
  return rows.filter((row) => mode === undefined || row.mode === mode);
}

async function named({ runs }: Stores, name: string): Promise<PublicationRow> {
  const direct = await runs.publication(name);
  if (direct !== null) return direct;
  const { header, status } = await findRun(runs, name);
  const row = await runs.publication(header.runId);
  if (row !== null) return row;
  throw new NcfdError('PublicationNotFound', `${header.runId} published nothing (${status})`, {
    hint: `Its state: ncfd run show ${header.runId}`,
  });
}

/** Opens evidence lines, each parameter set read and compiled once. */
export function trialOpener(
  runs: RunStore,
): (row: PublicationRow, line: EvidenceLine) => Promise<ExplainedTrial> {
  const parametersOf = parameterCache(runs);
  return (row, line) => openedTrial(parametersOf, row, line, true);
}

async function openedTrial(
  parametersOf: (sha256: Sha256) => Promise<Parameters>,
  row: PublicationRow,
  line: EvidenceLine,
  runNamed: boolean,
): Promise<ExplainedTrial> {
  const set = row.manifest.parameter_set;
  const sha256 = isJsonObject(set) && typeof set.sha256 === 'string' ? set.sha256 : '';
  const parameters = await parametersOf(sha256);
  const explained = explainScore(line, parameters);
  const problems = repeatProblems(row, line, parameters);
  return { origin: originOf(row, parameters, runNamed), line, explained, problems };
}

/** Gates and score made again from the signals too, where this code made the publication. */
function repeatProblems(
  row: PublicationRow,
  line: EvidenceLine,
  parameters: Parameters,
): readonly string[] {
  const { mode, manifest } = row;
  const code_version = madeBy(manifest);
  const snapshot = typeof manifest.snapshot_sha256 === 'string' ? manifest.snapshot_sha256 : null;
  const origin = { parameter_set: parameters.sha256, snapshot, code_version, mode };
  const recompute = code_version === codeVersion();
  return checkEvidenceLine(canonicalJson(line), { parameters, origin, recompute }).problems;
}

const madeBy = ({ code_version }: JsonObject): string =>
  typeof code_version === 'string' ? code_version : 'unknown';

const originOf = (
  { runId, publicationSha256, publishedAt, manifest }: PublicationRow,
  { id, semver, sha256 }: Parameters,
  runNamed: boolean,
): CaseOrigin => ({
  run: runId,
  publication: publicationSha256,
  published_at: publishedAt,
  run_named: runNamed,
  code_version: madeBy(manifest),
  parameter_set: { id, semver, sha256 },
  synthetic: manifest.synthetic === true,
});
