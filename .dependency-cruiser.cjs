/** Who may import whom. Each rule says why, and what to do instead. */
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: allowed },
});

module.exports = {
  forbidden: [
    only(
      'domain-is-pure',
      '^src/domain/',
      '^src/domain/',
      'The domain knows no other layer. Pass what it must know as an argument.',
    ),
    {
      name: 'domain-no-packages',
      severity: 'error',
      comment: 'Only @stdlib computes for the domain; other packages belong behind a port.',
      from: { path: '^src/domain/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional'], pathNot: '@stdlib/' },
    },
    {
      name: 'domain-no-node-builtins',
      severity: 'error',
      comment: 'No I/O, clock or chance in the domain; hashing alone is pure (docs/adr).',
      from: { path: '^src/domain/', pathNot: '(\\.test\\.ts$|^src/domain/manifest/digest\\.ts$)' },
      to: { dependencyTypes: ['core'] },
    },
    only(
      'contracts-know-the-domain-only',
      '^src/contracts/',
      '^src/(contracts|domain)/',
      'What crosses Temporal is plain data.',
    ),
    only(
      'ports-are-interfaces',
      '^src/ports/',
      '^src/(ports|contracts|domain)/',
      'Drivers depend on ports.',
    ),
    only(
      'workflows-see-only-contracts',
      '^src/workflows/',
      '^src/(workflows|contracts|domain)/|^src/activities/[^/]+\\.ts$',
      'Workflow code holds order, waiting and failure policy; everything else is an activity.',
    ),
    only(
      'activities-through-ports',
      '^src/activities/',
      '^src/(activities|contracts|domain|ports|report|observability)/',
      'Activities reach I/O through ports, so that any driver serves them.',
    ),
    only(
      'stores-are-drivers',
      '^src/stores/',
      '^src/(stores|ports|contracts|domain|config)/',
      'A driver knows its port and its own store.',
    ),
    only(
      'report-is-pure',
      '^src/report/',
      '^src/(report|contracts|domain)/',
      'Values in, bytes out.',
    ),
    only(
      'client-talks-to-temporal',
      '^src/client/',
      '^src/(client|contracts|config|domain|ports|observability)/',
      'The client starts, watches and queries runs.',
    ),
    only(
      'verify-through-ports',
      '^src/verify/',
      '^src/(verify|activities|contracts|domain|ports|report|ingest)/',
      'Verification reads through ports and reuses what the activities compute with.',
    ),
    only(
      'backup-through-ports',
      '^src/backup/',
      '^src/(backup|contracts|domain|ports)/',
      'A backup reads and writes through ports, so that any driver serves it.',
    ),
    only(
      'ingest-through-ports',
      '^src/ingest/',
      '^src/(ingest|contracts|domain|ports)/',
      'Ingest reads files, asks the domain and writes through ports.',
    ),
    {
      name: 'roots-are-not-imported',
      severity: 'error',
      comment: 'A composition root is the end of the line; move what is shared below it.',
      from: { pathNot: '^src/(cli|worker|dev)/' },
      to: { path: '^src/(cli|worker)/' },
    },
    {
      name: 'cli-is-not-imported',
      severity: 'error',
      comment: 'Nothing stands above the command line.',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'dev-is-lazy',
      severity: 'error',
      comment: 'The embedded stack is loaded by the commands that need it, never at start.',
      from: { pathNot: '^src/dev/' },
      to: { path: '^src/dev/', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A circle has no first reader. Move the shared part into a file of its own.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      comment: 'What ships must not lean on development packages.',
      from: { path: '^src/', pathNot: '(\\.test\\.ts$|^src/[^/]+/testing)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-unresolvable',
      severity: 'error',
      comment: 'An import that leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};
