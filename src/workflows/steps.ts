import { proxyActivities } from '@temporalio/workflow';
import type { NcfdActivities } from '../contracts/activities';
import { ACTIVITY_POLICIES } from './policies';

const proxied = <K extends keyof NcfdActivities>(name: K) =>
  proxyActivities<Pick<NcfdActivities, K>>(ACTIVITY_POLICIES[name])[name];

/** The activities, each with its own timeouts and retries. */
export const steps = {
  planShards: proxied('planShards'),
  freezeFeatures: proxied('freezeFeatures'),
  sealSnapshot: proxied('sealSnapshot'),
  computeSignals: proxied('computeSignals'),
  evaluateGates: proxied('evaluateGates'),
  scoreShard: proxied('scoreShard'),
  verifyRun: proxied('verifyRun'),
  publishRun: proxied('publishRun'),
  abandonRun: proxied('abandonRun'),
  recordControl: proxied('recordControl'),
  scoreGolden: proxied('scoreGolden'),
  prepareScheduledRun: proxied('prepareScheduledRun'),
  noteScheduledRun: proxied('noteScheduledRun'),
};
