import { count, type CicdCheck } from '../check';
import { parseDockerfile, stagesOf, type Instruction, type Stage } from '../dockerfile';
import { filesLike } from '../repository-files';

const DIGEST = /@sha256:[0-9a-f]{64}$/;
const ROOT_USER = /^(?:root|0)(?::|$)/;
const EXEC_FORM = /^\[\s*"[^"]+"(?:\s*,\s*"[^"]*")*\s*\]$/;
const SECRET_NAME = /(?:PASSWORD|SECRET|TOKEN|API_KEY|ACCESS_KEY|PRIVATE_KEY)\w*(?:=|\s)\S/i;

/** Is the image built on what was looked at, and does it run with few rights? */
export const containerFile: CicdCheck = {
  id: 'container-file',
  title: 'container files are safe',
  look: ({ files }) => {
    const found = filesLike(files, /(?:^|\/)(?:[\w-]+\.)?Dockerfile(?:\.[\w-]+)?$/);
    if (found.length === 0) return null;
    const problems = found.flatMap(([file, text]) =>
      problemsOf(stagesOf(parseDockerfile(text))).map((problem) => `${file}: ${problem}`),
    );
    return { seen: count(found.length, 'container file'), problems };
  },
};

function problemsOf(stages: readonly Stage[]): string[] {
  const last = stages.at(-1);
  if (last === undefined) return ['has no FROM'];
  const names = new Set(stages.map(({ name }) => name));
  const bases = stages
    .filter(({ image }) => image !== 'scratch' && !names.has(image) && !DIGEST.test(image))
    .map(({ image, line }) => `line ${line}: ${image} is not pinned by its digest`);
  const copies = stages.flatMap(({ instructions }) =>
    instructions
      .filter(({ name }) => name === 'COPY' || name === 'ADD')
      .flatMap((one) => problemsOfCopy(one, names)),
  );
  const clear = stages.flatMap(({ instructions }) =>
    instructions
      .filter(({ name, value }) => (name === 'ENV' || name === 'ARG') && SECRET_NAME.test(value))
      .map(({ name, line }) => `line ${line}: ${name} would leave a secret in the image`),
  );
  return [...bases, ...copies, ...clear, ...problemsOfLast(last)];
}

function problemsOfCopy({ name, line, value }: Instruction, names: ReadonlySet<unknown>): string[] {
  const from = /--from=(\S+)/.exec(value)?.[1];
  if (from !== undefined && !names.has(from) && !/^\d+$/.test(from) && !DIGEST.test(from)) {
    return [`line ${line}: what is copied from ${from} is not pinned by its digest`];
  }
  const fetches = name === 'ADD' && /\bhttps?:\/\//.test(value) && !/--checksum=/.test(value);
  return fetches ? [`line ${line}: ADD fetches without a checksum`] : [];
}

/** The last stage is what runs. */
function problemsOfLast({ instructions }: Stage): string[] {
  const last = (name: string) => instructions.findLast((one) => one.name === name)?.value;
  const user = last('USER');
  const start = last('ENTRYPOINT') ?? last('CMD');
  const health = last('HEALTHCHECK');
  return [
    user === undefined || ROOT_USER.test(user) ? 'runs as root: no USER in the last stage' : null,
    start === undefined ? 'starts nothing: no ENTRYPOINT in the last stage' : null,
    start !== undefined && !EXEC_FORM.test(start)
      ? 'starts a shell first: ENTRYPOINT is not in the form ["…"]'
      : null,
    start !== undefined && /^\[\s*"(?:\/bin\/)?(?:ba|da)?sh"/.test(start)
      ? 'starts a shell as the first process'
      : null,
    health === undefined || health === 'NONE' ? 'has no HEALTHCHECK' : null,
  ].filter((problem) => problem !== null);
}
