import { count, type CicdCheck } from '../check';
import { filesLike } from '../repository-files';

const LINE = /^(?:export )?([A-Za-z_]\w*)=(.*)$/;
const SECRET_NAME = /(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|ACCESS_KEY|PRIVATE_KEY)/;
const LOCATION = /_(?:FILE|PATH|DIR)$/;
const URL_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^:@/]*:(?!\$)[^@/]+@/;
const REFERENCE = /^(?:$|\$\{?\w+|(?:env|file|vault|aws-sm):)/;

/** Do the files of environments set known names, each once, and no secret? */
export const environments: CicdCheck = {
  id: 'environments',
  title: 'environment files are known',
  look: ({ files, knownVariables }) => {
    const found = filesLike(files, /(?:^|\/)[\w.-]*\.env(?:\.[\w-]+)?$/);
    if (found.length === 0) return null;
    const shell = filesLike(files, /^deploy\/.*\.sh$/)
      .map(([, text]) => text)
      .join('\n');
    const isKnown = (name: string) =>
      knownVariables.has(name) || new RegExp(`\\$\\{?${name}\\b`).test(shell);
    const problems = found.flatMap(([file, text]) =>
      problemsOf(text, isKnown).map((problem) => `${file}:${problem}`),
    );
    return { seen: count(found.length, 'environment file'), problems };
  },
};

function problemsOf(text: string, isKnown: (name: string) => boolean): string[] {
  const seen = new Set<string>();
  return text.split('\n').flatMap((raw, index) => {
    const at = index + 1;
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const [, name = '', rest = ''] = LINE.exec(line) ?? [];
    if (name === '') return [`${at} is no NAME=value`];
    const twice = seen.has(name) ? [`${at} sets ${name} a second time`] : [];
    seen.add(name);
    const unknown = isKnown(name) ? [] : [`${at} sets ${name}, which nothing reads`];
    const value = rest.replaceAll(/^["']|["']$/g, '');
    const named = SECRET_NAME.test(name) && !LOCATION.test(name) && !REFERENCE.test(value);
    const secret = named || URL_PASSWORD.test(value);
    return [...twice, ...unknown, ...(secret ? [`${at} holds a secret in ${name}`] : [])];
  });
}
