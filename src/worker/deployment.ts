import type { WorkerOptions } from '@temporalio/worker';
import { readBuild } from '../config/build';
import type { Environment } from '../config/settings';
import { NcfdError } from '../contracts/errors';

/**
 * Versioned when a deployment says who it is, unversioned otherwise (laptop, tests): the same
 * variables in compose and in Kubernetes, where the worker controller sets them. The build id is
 * that of this build, unless another is given.
 */
export function deploymentOptions(
  env: Environment,
  build = readBuild(),
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: given } = env;
  if (!deploymentName && !given) return {};
  const buildId = given || build?.buildId;
  if (!deploymentName || !buildId) {
    throw new NcfdError('BadConfig', 'a deployment has a name and a build id, or neither', {
      hint: 'Set both TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID.',
    });
  }
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
