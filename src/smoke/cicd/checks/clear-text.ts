import { count, type CicdCheck } from '../check';
import { filesLike } from '../repository-files';
import { findSecrets } from '../secrets';
import { jobsOf, parseWorkflows } from '../workflow';

const SECRET_NAME = /(?:password|passwd|secret|token|api_?key|access_?key|private_?key)/i;
const REFERENCE = /^\s*\$\{\{.*\}\}\s*$/;

/** Is there a secret in clear text in what deploys and checks? */
export const clearText: CicdCheck = {
  id: 'clear-text',
  title: 'no secret in clear text',
  look: ({ files }) => {
    const found = filesLike(files, /./).flatMap(([file, text]) =>
      findSecrets(text).map(({ line, rule }) => `${file}:${line} holds what looks like a ${rule}`),
    );
    const given = jobsOf(parseWorkflows(files).workflows).flatMap(({ at, job, workflow }) =>
      [workflow.env, job.env, ...job.steps.flatMap((step) => [step.env, step.with])]
        .flatMap((values) => Object.entries(values ?? {}))
        .filter(([name, value]) => SECRET_NAME.test(name) && typeof value === 'string')
        .filter(([, value]) => value !== '' && !REFERENCE.test(String(value)))
        .map(([name]) => `${at} gives ${name} in clear text, not from the secrets of the host`),
    );
    return { seen: count(files.size, 'file'), problems: [...found, ...given] };
  },
};
