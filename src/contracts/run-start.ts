import { defineSearchAttributeKey } from '@temporalio/common';
import { runWorkflowId, type RunInput } from './run';

/** Runs asked for by a person go before scheduled ones (1 is first, 3 the default). */
const PRIORITY_KEYS: Readonly<Record<string, number>> = { cli: 2, schedule: 4 };

const RUN_KEY = defineSearchAttributeKey('NcfdRunKey', 'KEYWORD');
const MODEL_VERSION = defineSearchAttributeKey('NcfdModelVersion', 'KEYWORD');
const TRIGGER = defineSearchAttributeKey('NcfdTrigger', 'KEYWORD');
const FROZEN_AT = defineSearchAttributeKey('NcfdFrozenAt', 'DATETIME');

/** How the workflow of a run is started and shown, whoever starts it. */
export function runStartOptions({ header, trigger }: RunInput) {
  const { identity } = header;
  return {
    workflowId: runWorkflowId(header.runKey),
    staticSummary: `score ${identity.mode} as of ${identity.as_of.slice(0, 10)}`,
    staticDetails: `Run \`${header.runId}\`, universe \`${identity.universe_rule}\``,
    memo: {
      runId: header.runId,
      codeVersion: identity.code_version,
      parameterSet: identity.parameter_set_sha256,
      trigger,
    },
    typedSearchAttributes: [
      { key: RUN_KEY, value: header.runKey },
      { key: MODEL_VERSION, value: identity.code_version },
      { key: TRIGGER, value: trigger },
      { key: FROZEN_AT, value: new Date(identity.as_of) },
    ],
    priority: { priorityKey: PRIORITY_KEYS[trigger] ?? 3 },
  };
}
