const swc = [
  '@swc/jest',
  { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
];

/** ESM-only packages that Jest's require cannot load on Node 20: they are transformed. */
const project = (displayName, roots, esm, extra = {}) => ({
  displayName,
  rootDir: __dirname,
  roots,
  testEnvironment: 'node',
  transform: { '^.+\\.[cm]?[jt]s$': swc },
  transformIgnorePatterns: esm,
  ...extra,
});

/** Needs services of its own and takes minutes: every night, not in every run. */
const long =
  (process.env.NCFD_CHAOS ?? process.env.NCFD_CHAOS_CASE) === undefined
    ? ['<rootDir>/test/topology/']
    : [];

module.exports = {
  // Against tests that hang: how fast a machine is, is no matter of theirs.
  testTimeout: 180_000,
  // Most files wait for servers: one process per core, not one less.
  maxWorkers: '100%',
  reporters: ['default', '<rootDir>/tools/totals-reporter.cjs'],
  projects: [
    project(
      'unit',
      [
        '<rootDir>/src/domain',
        '<rootDir>/src/checks',
        '<rootDir>/src/config',
        '<rootDir>/src/ingest',
        '<rootDir>/src/observability',
        '<rootDir>/src/smoke',
        '<rootDir>/test/architecture',
      ],
      ['/node_modules/(?!.*(pure-rand)/)'],
    ),
    project('report', ['<rootDir>/src/report'], []),
    project(
      'server',
      ['<rootDir>/test'],
      [
        '/node_modules/(?!.*(@seriousme/openapi-schema-validator|node-pg-migrate|p-limit|yocto-queue|hyparquet|hyparquet-writer|pure-rand)/)',
      ],
      {
        testPathIgnorePatterns: ['<rootDir>/test/architecture', ...long],
        globalSetup: '<rootDir>/test/support/global-setup.ts',
        globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      },
    ),
  ],
};
