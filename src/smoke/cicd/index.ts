import { runCheck, type CicdCheck, type CicdContext, type CicdResult } from './check';
import { clearText } from './checks/clear-text';
import { commands } from './checks/commands';
import { compose } from './checks/compose';
import { containerFile } from './checks/container-file';
import { deployScript } from './checks/deploy-script';
import { environments } from './checks/environments';
import { hooks } from './checks/hooks';
import { limits } from './checks/limits';
import { monitoring } from './checks/monitoring';
import { permissions } from './checks/permissions';
import { pins } from './checks/pins';
import { stages } from './checks/stages';
import { triggers } from './checks/triggers';
import { workflows } from './checks/workflows';
import { bashProblem, knownVariables } from './world';
import { readRepositoryFiles } from './repository-files';

/** In the order in which they are told. */
export const CICD_CHECKS: readonly CicdCheck[] = [
  workflows,
  stages,
  triggers,
  pins,
  permissions,
  limits,
  commands,
  hooks,
  clearText,
  deployScript,
  containerFile,
  compose,
  environments,
  monitoring,
];

/** Everything that the checks look at, of the checkout in this folder. */
export function cicdContextOf(root: string): CicdContext {
  return { files: readRepositoryFiles(root), knownVariables: knownVariables(), bashProblem };
}

/** Looks at a checkout: workflows, hooks, deployment, containers, environments, monitoring. */
export function runCicdChecks(context: CicdContext): CicdResult[] {
  return CICD_CHECKS.map((check) => runCheck(check, context));
}
