import path from 'node:path';
import { cicdContextOf, runCicdChecks } from './index';
import type { CicdResult } from './check';

const ROOT = path.resolve(__dirname, '../../..');
const CI = '.github/workflows/ci.yml';
const NIGHTLY = '.github/workflows/nightly.yml';
const RELEASE = '.github/workflows/release.yml';
const DIGEST = `sha256:${'5'.repeat(64)}`;

/** Whole examples of what the checks know, so that each rule has something to break. */
const MADE: Readonly<Record<string, string>> = {
  'deploy/deploy.sh': [
    '#!/usr/bin/env bash',
    'set -Eeuo pipefail',
    'readonly STEPS=(prerequisites backup migrate start probe gate ramp switch smoke)',
    ...'prerequisites backup migrate start probe gate ramp switch smoke'
      .split(' ')
      .map((step) => `step_${step}() { :; }`),
    'roll_back() { :; }',
    'trap roll_back EXIT',
    'trap roll_back INT',
    'trap roll_back TERM',
    'for step in "${STEPS[@]}"; do "step_$step"; done',
  ].join('\n'),
  'deploy/lib/made.sh': '# shellcheck shell=bash\n',
  'deploy/made/Dockerfile': [
    '# syntax: none',
    `ARG NODE_IMAGE=node:24-bookworm-slim@${DIGEST}`,
    'FROM ${NODE_IMAGE} AS build',
    'RUN npm ci \\',
    '  # a comment between',
    '  && npm run build',
    `FROM node:24-bookworm-slim@${DIGEST}`,
    'COPY --from=build /app /app',
    'USER 10001:10001',
    'HEALTHCHECK --interval=10s CMD ["node", "health.cjs"]',
    'ENTRYPOINT ["node", "bin/ncfd.cjs"]',
  ].join('\n'),
  'deploy/made/compose.yml': [
    'services:',
    '  worker:',
    '    image: ${NCFD_IMAGE:?the image to run}',
    '    restart: unless-stopped',
    '    environment: { NCFD_LOG_LEVEL: info }',
    '    healthcheck: { test: [CMD, node, health.cjs] }',
  ].join('\n'),
  'deploy/made/made.env': [
    '# the made environment',
    'NCFD_LOG_LEVEL=info',
    'NCFD_S3_SECRET_ACCESS_KEY=${S3_SECRET}',
    'NCFD_SIGNING_KEY_FILE=/etc/ncfd/key.pem',
  ].join('\n'),
  'deploy/prometheus/made-rules.yml': [
    'groups:',
    '  - name: runs',
    '    rules:',
    '      - alert: RunFailed',
    '        expr: ncfd_runs_failed > 0',
    '        labels: { severity: page }',
    '        annotations: { summary: a run failed, runbook: deploy/runbooks/made.md }',
  ].join('\n'),
  'deploy/runbooks/made.md': '# What to do\n',
  'deploy/grafana/made.json': '{"title": "Runs", "uid": "runs", "panels": [{"type": "stat"}]}',
};

const whole = cicdContextOf(ROOT);
const base = new Map([...Object.entries(MADE), ...whole.files]);

/** The results on a copy in which one thing is broken. */
function broken(edit: (files: Map<string, string>) => void): CicdResult[] {
  const files = new Map(base);
  edit(files);
  return runCicdChecks({ ...whole, files });
}

/** Puts one text for another; a text that is not there would break nothing. */
const put = (file: string, from: string | RegExp, to: string) => (files: Map<string, string>) => {
  const before = files.get(file) ?? '';
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  files.set(file, after);
};

const drop = (file: string) => (files: Map<string, string>) => {
  if (!files.delete(file)) throw new Error(`there is no ${file}`);
};

const addHook = (run: string) =>
  put(
    'lefthook.yml',
    '    - name: secrets',
    `    - name: mine\n      run: ${run}\n    - name: secrets`,
  );

/** What a program draws for a password; whole in no file. */
const RANDOM = ['q8Zt', '4Lw0', 'Xc7V', 'b2Nm', '9Kd5'].join('');

describe('the checkout', () => {
  it('passes every check, as it is and with an example of each kind', () => {
    const problems = (results: readonly CicdResult[]) =>
      results.flatMap(({ id, problems: found }) => found.map((one) => `${id}: ${one}`));
    expect(problems(runCicdChecks(whole))).toEqual([]);
    expect(problems(broken(() => undefined))).toEqual([]);
  });

  it.each([
    ['deploy-script', /^deploy\/.*\.sh$/],
    ['container-file', /Dockerfile$/],
    ['compose', /compose[\w.-]*\.ya?ml$/],
    ['environments', /\.env$/],
    ['monitoring', /^deploy\/(?:prometheus|grafana)\//],
  ])('is not whole without what %s looks at', (id, kind) => {
    const red = broken((files) => {
      for (const file of [...files.keys()]) if (kind.test(file)) files.delete(file);
    }).filter(({ status }) => status === 'failed');
    expect(red.map((result) => [result.id, result.reason])).toContainEqual([
      id,
      'there is none in this checkout',
    ]);
  });
});

describe('a checkout in which one thing is broken has that check red alone, with the reason', () => {
  it.each<[string, RegExp, (files: Map<string, string>) => void]>([
    ['stages', /does not wait for quality/, put(CI, 'needs: [quality]', 'needs: [replay]')],
    ['stages', /unit does not wait/, put(CI, '    needs: [quality]\n', '')],
    [
      'stages',
      /build does not wait for codeql/,
      put(CI, ', container-scan, codeql]', ', container-scan]'),
    ],
    ['stages', /smoke does not wait for staging/, put(CI, 'needs: [staging]', 'needs: [build]')],
    [
      'stages',
      /production does not wait for smoke/,
      put(CI, 'needs: [build, smoke]', 'needs: [build]'),
    ],
    [
      'stages',
      /production is not of the environment/,
      put(CI, 'environment: production', 'environment: other'),
    ],
    [
      'stages',
      /starts although/,
      put(CI, '    environment: staging\n', '    environment: staging\n    if: always()\n'),
    ],
    [
      'triggers',
      /replays recorded histories/,
      put(CI, 'run: npm run check:replay', 'run: npm run build'),
    ],
    [
      'triggers',
      /replays recorded/,
      put(CI, '  replay:\n', '  replay:\n    if: github.actor == 1\n'),
    ],
    ['triggers', /chaos tests at night/, put(NIGHTLY, 'npm run test:chaos', 'npm run test:unit')],
    ['triggers', /bench at night/, put(NIGHTLY, 'run: npm run bench', 'run: npm run build')],
    ['triggers', /chaos/, put(NIGHTLY, /  schedule:\n.*\n/, '')],
    ['triggers', /changelog/, put(RELEASE, 'npm run --silent release:notes', 'echo')],
    [
      'triggers',
      /rights on code of others/,
      put(CI, '  pull_request:\n', '  pull_request:\n  pull_request_target:\n'),
    ],
    [
      'pins',
      /checkout@v7 is not pinned/,
      put(CI, /actions\/checkout@[0-9a-f]{40} # v7\.0\.1/, 'actions/checkout@v7'),
    ],
    ['pins', /is not pinned/, put(NIGHTLY, /(actions\/setup-node@[0-9a-f]{39})[0-9a-f]/, '$1')],
    ['pins', /no version beside/, put(RELEASE, / # v7\.0\.1/, '')],
    [
      'pins',
      /docker:\/\/alpine:3 is not pinned/,
      put(CI, '      - run: npm ci\n', '      - uses: docker://alpine:3\n'),
    ],
    ['permissions', /has no permissions/, put(CI, 'permissions: {}\n', '')],
    [
      'permissions',
      /lets every job write: write-all/,
      put(CI, 'permissions: {}', 'permissions: write-all'),
    ],
    [
      'permissions',
      /quality may write more .*: contents/,
      put(CI, 'contents: read', 'contents: write'),
    ],
    [
      'permissions',
      /gate does not say its permissions/,
      put(NIGHTLY, /    permissions:\n      contents: read\n/, ''),
    ],
    [
      'permissions',
      /leaves its token/,
      put(CI, 'persist-credentials: false', 'persist-credentials: true'),
    ],
    ['limits', /quality has no timeout/, put(CI, '    timeout-minutes: 20\n', '')],
    ['limits', /may take 600 minutes/, put(CI, 'timeout-minutes: 20', 'timeout-minutes: 600')],
    ['limits', /has no concurrency group/, put(NIGHTLY, /^concurrency:\n.*\n.*\n/m, '')],
    ['limits', /cut off in the middle/, put(CI, /(group: deploy-staging\n.*)false/, '$1true')],
    [
      'limits',
      /deploys without a concurrency group/,
      put(CI, '      group: deploy-production\n', ''),
    ],
    [
      'commands',
      /npm run check:nothing, which/,
      put(
        CI,
        'run: npm run check\n',
        'run: |\n          npm run check\n          npm run check:nothing\n',
      ),
    ],
    [
      'commands',
      /\.ci\/run goes on after a failure/,
      put('.ci/run', 'set -euo pipefail', 'set -u'),
    ],
    [
      'commands',
      /\.ci\/run does not run npm run check/,
      put('.ci/run', /^npm run check$/m, 'true'),
    ],
    [
      'commands',
      /\.ci\/run does not run npm run test/,
      put('.ci/run', /npm (ci && npm )?test/g, 'true'),
    ],
    [
      'commands',
      /\.ci\/run is no shell script/,
      put('.ci/run', 'exit "$status"\n}', 'exit "$status"\n'),
    ],
    ['hooks', /is missing/, drop('lefthook.yml')],
    [
      'hooks',
      /does not run npm run check:secrets/,
      put('lefthook.yml', 'check:secrets', 'check:files'),
    ],
    ['hooks', /commit-msg does not run/, put('lefthook.yml', 'commit-msg:', 'pre-push:')],
    ['hooks', /mine runs no npm script: make check/, addHook('make check')],
    [
      'hooks',
      /commit-msg does not run npm run check:message/,
      put('lefthook.yml', 'npm run --silent check:message -- {1}', 'echo'),
    ],
    ['hooks', /mine runs hooks, which no workflow runs/, addHook('npm run hooks')],
    ['hooks', /mine runs check:nothing, which does not exist/, addHook('npm run check:nothing')],
    [
      'hooks',
      /secrets is skipped/,
      put('lefthook.yml', '- name: secrets', '- name: secrets\n      skip: true'),
    ],
    ['hooks', /is no YAML/, put('lefthook.yml', 'pre-commit:', 'pre-commit: [')],
    [
      'clear-text',
      /REGISTRY_PASSWORD in clear text/,
      put(
        CI,
        '    env:\n      NCFD_IMAGE',
        '    env:\n      REGISTRY_PASSWORD: swordfish\n      NCFD_IMAGE',
      ),
    ],
    [
      'clear-text',
      /gives password in clear/,
      put(CI, 'password: ${{ secrets.GITHUB_TOKEN }}', 'password: swordfish'),
    ],
    [
      'clear-text',
      /ci\.yml:\d+ holds what looks like a value/,
      put(CI, '# Every job', `# token = "${RANDOM}"\n# Every job`),
    ],
    ['deploy-script', /goes on after a failure/, put('deploy/deploy.sh', /^set -.*$/m, 'set -u')],
    ['deploy-script', /is no shell script/, put('deploy/deploy.sh', /$/, '\nif true; then\n')],
    ['deploy-script', /does not trap TERM/, put('deploy/deploy.sh', /^ *trap .*TERM$/m, '')],
    ['deploy-script', /has no step backup/, put('deploy/deploy.sh', /(STEPS=\(.*) backup /, '$1 ')],
    [
      'deploy-script',
      /does gate before probe/,
      put('deploy/deploy.sh', /(STEPS=.*) probe(.*) gate/, '$1 gate$2 probe'),
    ],
    ['deploy-script', /no function step_wait/, put('deploy/deploy.sh', 'STEPS=(', 'STEPS=(wait ')],
    ['deploy-script', /deploy\.sh is missing/, drop('deploy/deploy.sh')],
    ['container-file', /not pinned by its digest/, put('deploy/made/Dockerfile', `@${DIGEST}`, '')],
    [
      'container-file',
      /runs as root/,
      put('deploy/made/Dockerfile', 'USER 10001:10001', 'USER root'),
    ],
    ['container-file', /runs as root/, put('deploy/made/Dockerfile', 'USER 10001:10001\n', '')],
    ['container-file', /no HEALTHCHECK/, put('deploy/made/Dockerfile', /HEALTHCHECK.*\n/, '')],
    [
      'container-file',
      /starts a shell first/,
      put(
        'deploy/made/Dockerfile',
        'ENTRYPOINT ["node", "bin/ncfd.cjs"]',
        'ENTRYPOINT node bin/ncfd.cjs',
      ),
    ],
    [
      'container-file',
      /a shell as the first/,
      put('deploy/made/Dockerfile', 'ENTRYPOINT ["node",', 'ENTRYPOINT ["/bin/sh", "-c",'),
    ],
    ['container-file', /starts nothing/, put('deploy/made/Dockerfile', /ENTRYPOINT.*/, '')],
    [
      'container-file',
      /leave a secret/,
      put('deploy/made/Dockerfile', 'USER', 'ENV NPM_TOKEN=swordfish\nUSER'),
    ],
    [
      'container-file',
      /copied from alpine:3/,
      put('deploy/made/Dockerfile', '--from=build', '--from=alpine:3'),
    ],
    [
      'container-file',
      /without a checksum/,
      put('deploy/made/Dockerfile', 'USER', 'ADD https://example.org/x /x\nUSER'),
    ],
    [
      'compose',
      /worker runs ncfd:latest/,
      put('deploy/made/compose.yml', '${NCFD_IMAGE:?the image to run}', 'ncfd:latest'),
    ],
    [
      'compose',
      /worker has no health check/,
      put('deploy/made/compose.yml', /    healthcheck.*/, ''),
    ],
    [
      'compose',
      /worker is privileged/,
      put('deploy/made/compose.yml', '    restart', '    privileged: true\n    restart'),
    ],
    [
      'compose',
      /command the container engine/,
      put(
        'deploy/made/compose.yml',
        '    restart',
        "    volumes: ['/var/run/docker.sock:/s']\n    restart",
      ),
    ],
    [
      'compose',
      /more rights than others: SYS_ADMIN/,
      put('deploy/made/compose.yml', '    restart', '    cap_add: [SYS_ADMIN]\n    restart'),
    ],
    [
      'compose',
      /shares the network/,
      put('deploy/made/compose.yml', '    restart', '    network_mode: host\n    restart'),
    ],
    [
      'compose',
      /NCFD_LOG_LEVLE, which nothing reads/,
      put('deploy/made/compose.yml', 'NCFD_LOG_LEVEL', 'NCFD_LOG_LEVLE'),
    ],
    ['compose', /is no YAML/, put('deploy/made/compose.yml', 'services:', 'services: [')],
    [
      'compose',
      /docker-compose.yml: service postgres runs/,
      put('docker-compose.yml', 'image: postgres:18.4-bookworm', 'image: postgres'),
    ],
    [
      'environments',
      /NCFD_LOG_LEVLE, which nothing/,
      put('deploy/made/made.env', 'NCFD_LOG_LEVEL', 'NCFD_LOG_LEVLE'),
    ],
    ['environments', /a second time/, put('deploy/made/made.env', /$/, '\nNCFD_LOG_LEVEL=debug')],
    [
      'environments',
      /holds a secret in NCFD_S3_SECRET/,
      put('deploy/made/made.env', '${S3_SECRET}', 'swordfish'),
    ],
    [
      'environments',
      /a secret in NCFD_DATABASE_URL/,
      put('deploy/made/made.env', /$/, '\nNCFD_DATABASE_URL=postgres://app:fish@db/ncfd'),
    ],
    ['environments', /is no NAME=value/, put('deploy/made/made.env', /$/, '\nlog level: info')],
    [
      'monitoring',
      /RunFailed has no severity/,
      put('deploy/prometheus/made-rules.yml', /        labels.*\n/, ''),
    ],
    [
      'monitoring',
      /names no runbook/,
      put('deploy/prometheus/made-rules.yml', ', runbook: deploy/runbooks/made.md', ''),
    ],
    ['monitoring', /a runbook that is missing/, drop('deploy/runbooks/made.md')],
    ['monitoring', /has no rules/, put('deploy/prometheus/made-rules.yml', /        expr.*\n/, '')],
    [
      'monitoring',
      /watches nothing: scrape_configs/,
      put('deploy/prometheus/prometheus.yml', 'scrape_configs', 'scrape'),
    ],
    [
      'monitoring',
      /names a file that is missing: targets\/ncfd-worker\.json/,
      drop('deploy/prometheus/targets/ncfd-worker.json'),
    ],
    ['monitoring', /is no dashboard/, put('deploy/grafana/made.json', '"title": "Runs", ', '')],
    ['monitoring', /is no JSON/, put('deploy/grafana/made.json', '{', '')],
  ])('%s: %s', (id, reason, edit) => {
    const red = broken(edit).filter(({ status }) => status === 'failed');
    expect(red.map((result) => [result.id, result.reason])).toEqual([
      [id, expect.stringMatching(reason)],
    ]);
  });

  it('names a workflow that cannot be read, and what misses its jobs', () => {
    const red = (edit: (files: Map<string, string>) => void) =>
      broken(edit).filter(({ status }) => status === 'failed');
    expect(red(put(NIGHTLY, 'jobs:', 'jobs: ['))).toEqual([
      expect.objectContaining({ id: 'workflows', reason: expect.stringMatching(/is no YAML/) }),
      expect.objectContaining({ id: 'triggers' }),
    ]);
    expect(red(put(RELEASE, 'jobs:', 'job:'))[0]).toMatchObject({
      id: 'workflows',
      reason: expect.stringMatching(/release\.yml is no workflow: jobs/),
    });
    expect(red(drop(CI)).map(({ id }) => id)).toEqual(['stages', 'triggers', 'hooks']);
  });
});
