import type { NcfdActivities } from '../contracts/activities';
import { abandonRun } from './abandon-run';
import { computeSignals } from './compute-signals';
import type { ActivityDeps, ActivityPorts } from './deps';
import { evaluateGates } from './evaluate-gates';
import { freezeFeatures } from './freeze-features';
import { parameterCache } from './parameter-cache';
import { noteScheduledRun, prepareScheduledRun } from './scheduled-run';
import { planShards } from './plan-shards';
import { publishRun } from './publish-run';
import { planCache } from './run-plan';
import { recordControl } from './record-control';
import { scoreGolden } from './score-golden';
import { scoreShard } from './score-shard';
import { sealSnapshot } from './seal-snapshot';
import { verifyRun } from './verify-run';

export type { ActivityPorts, GoldenPort, SchedulePorts } from './deps';

/** All activities over the given ports. */
export function createActivities(ports: ActivityPorts): NcfdActivities {
  const deps: ActivityDeps = {
    ...ports,
    parametersOf: parameterCache(ports.runs),
    planOf: planCache(ports.artifacts),
  };
  return {
    planShards: planShards(deps),
    freezeFeatures: freezeFeatures(deps),
    sealSnapshot: sealSnapshot(deps),
    computeSignals: computeSignals(deps),
    evaluateGates: evaluateGates(deps),
    scoreShard: scoreShard(deps),
    verifyRun: verifyRun(deps),
    publishRun: publishRun(deps),
    abandonRun: abandonRun(deps),
    recordControl: recordControl(deps),
    scoreGolden: scoreGolden(deps),
    prepareScheduledRun: prepareScheduledRun(deps),
    noteScheduledRun: noteScheduledRun(deps),
  };
}
