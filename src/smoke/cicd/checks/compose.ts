import { parseDocument } from 'yaml';
import { z } from 'zod/v4';
import { count, type CicdCheck } from '../check';
import { filesLike } from '../repository-files';
import { firstLine } from '../workflow';

const Service = z.looseObject({
  image: z.string().optional(),
  build: z.unknown().optional(),
  privileged: z.boolean().optional(),
  network_mode: z.string().optional(),
  pid: z.string().optional(),
  cap_add: z.array(z.string()).default([]),
  restart: z.string().optional(),
  ports: z.array(z.unknown()).default([]),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }).optional(),
  volumes: z.array(z.unknown()).default([]),
  environment: z
    .union([
      z.record(z.string(), z.unknown()),
      z
        .array(z.string())
        .transform((lines) => Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)))),
    ])
    .default({}),
});
const ComposeFile = z.looseObject({ services: z.record(z.string(), Service) });
type Service = z.infer<typeof Service>;

/** Do the compose files run known images, watched, with few rights, configured by known names? */
export const compose: CicdCheck = {
  id: 'compose',
  title: 'compose files are safe',
  look: ({ files, knownVariables }) => {
    const found = filesLike(files, /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/);
    if (found.length === 0) return null;
    const problems = found.flatMap(([file, text]) =>
      problemsOfFile(text, knownVariables).map((problem) => `${file}: ${problem}`),
    );
    return { seen: count(found.length, 'compose file'), problems };
  },
};

function problemsOfFile(text: string, known: ReadonlySet<string>): string[] {
  const document = parseDocument(text, { merge: true });
  const [error] = document.errors;
  if (error !== undefined) return [`is no YAML: ${firstLine(error.message)}`];
  const { success, data, error: issues } = ComposeFile.safeParse(document.toJS());
  if (!success) {
    const [issue] = issues.issues;
    return [`is no compose file: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`];
  }
  return Object.entries(data.services).flatMap(([name, service]) =>
    [
      ...imageOf(service),
      ...rightsOf(service),
      ...healthOf(service),
      ...namesOf(service, known),
    ].map((problem) => `service ${name} ${problem}`),
  );
}

/** A digest, a tag that names a version, or variables that must be given. */
function imageOf({ image, build }: Service): string[] {
  if (image === undefined) return build === undefined ? ['has no image'] : [];
  if (/@sha256:[0-9a-f]{64}$/.test(image) || /^(?:[:@]?\$\{\w+:\?[^}]*\})+$/.test(image)) return [];
  const tag = /:([\w.-]+)$/.exec(image)?.[1];
  return tag === undefined || !/\d/.test(tag) ? [`runs ${image}, which is not pinned`] : [];
}

function rightsOf({ privileged, network_mode: network, pid, cap_add: added, volumes }: Service) {
  return [
    privileged === true ? 'is privileged' : null,
    network === 'host' || pid === 'host' ? 'shares the network or processes of the host' : null,
    added.length > 0 ? `has more rights than others: ${added.join(', ')}` : null,
    JSON.stringify(volumes).includes('docker.sock') ? 'can command the container engine' : null,
  ].filter((problem) => problem !== null);
}

/** What serves, or is started again, must tell whether it is well; what ends by itself need not. */
function healthOf({ ports, restart, healthcheck }: Service): string[] {
  const stays = ports.length > 0 || (restart !== undefined && restart !== 'no');
  const watched = healthcheck !== undefined && healthcheck.disable !== true;
  return stays && !watched ? ['has no health check'] : [];
}

function namesOf({ environment }: Service, known: ReadonlySet<string>): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('NCFD_') && !known.has(name))
    .map((name) => `sets ${name}, which nothing reads`);
}
