/**
 * Defects that the chaos suite must notice. Each is an edit of the product's source: `find` must
 * occur once in the file, or the edit no longer applies and the tool says so.
 *
 * @typedef {object} Defect
 * @property {string} name
 * @property {readonly { file: string, find: string, replace: string }[]} edits
 * @property {readonly Hunt[]} hunts
 *
 * @typedef {object} Hunt
 * @property {string} suite file below test/chaos
 * @property {string} [cases] beginning of the names of cases to try; all without it
 * @property {RegExp} violation what the suite must print of the case that notices
 * @property {string} without servers that the suite can do without
 */

/** @type {readonly Defect[]} */
module.exports = [
  {
    name: 'fencing check removed',
    edits: [
      {
        file: 'src/stores/postgres/run-ledger.ts',
        find: 'if (held.attempt !== claim.attempt || held.input_sha256 !== claim.inputSha256) {',
        replace: 'if (held.input_sha256 !== claim.inputSha256) {',
      },
    ],
    hunts: [
      {
        suite: 'delivery.test.ts',
        cases: 'score',
        violation: /the old attempt ended in/,
        without: 's3,temporal',
      },
    ],
  },
  {
    name: 'ledger row written in a second transaction',
    edits: [
      {
        file: 'src/stores/postgres/run-ledger.ts',
        find: 'await writeResults(client, claim, rows, await rowContext(client, claim, held, rows));',
        replace: `await writeResults(client, claim, rows, await rowContext(client, claim, held, rows));
      await client.query('COMMIT');
      await client.query('BEGIN');`,
      },
    ],
    hunts: [
      {
        suite: 'crash.test.ts',
        cases: 'signals',
        violation: /rows signals\/\d: \d+ of \d+, ledger entry missing/,
        without: 's3,temporal',
      },
    ],
  },
  {
    name: 'pointer switched before the artifacts are whole',
    edits: [
      {
        file: 'src/activities/publish-run.ts',
        find: '  const manifest = draft.manifest(staged.map(({ ref: _, ...object }) => object));\n',
        replace: `  const manifest = draft.manifest(staged.map(({ ref: _, ...object }) => object));
  await deps.runs.publish({
    runId: input.header.runId,
    mode: input.header.identity.mode,
    publicationSha256: manifest.publicationSha256,
    manifest: manifest.value,
    objectPrefix: manifest.prefix,
    counts: input.counts,
  });
`,
      },
    ],
    hunts: [
      {
        suite: 'crash.test.ts',
        cases: 'publishRun',
        violation: /reader: the current publication is not whole/,
        without: 's3,temporal',
      },
      {
        suite: 'random.test.ts',
        violation: /reader: .*manifest\.json/,
        without: 's3,temporal',
      },
    ],
  },
  {
    name: 'digest of an artifact not checked when it is read',
    edits: [
      {
        file: 'src/stores/artifacts/content.ts',
        find: '  if (digest !== ref.sha256) {\n    throw corrupt(',
        replace: "  if (digest === '') {\n    throw corrupt(",
      },
    ],
    hunts: [
      {
        suite: 'answers.test.ts',
        cases: 'score',
        violation: /was changed, the step ended in/,
        without: 's3,temporal',
      },
      {
        suite: 'network.test.ts',
        cases: 'changed',
        violation: /changed object: (?:read|stream) ended in the other bytes/,
        without: 'temporal',
      },
    ],
  },
  {
    name: 'ordered merge replaced by order of arrival',
    edits: [
      {
        file: 'src/activities/seal-snapshot.ts',
        find: "const shards = await wholeShards(deps, { header, plan }, 'freeze');",
        replace: `await wholeShards(deps, { header, plan }, 'freeze');
      const shards = (await runs.ledger(header.runId, 'freeze'))
        .sort((a, b) => String(a.finishedAt).localeCompare(String(b.finishedAt)))
        .flatMap(({ output }) => output ?? []);`,
      },
    ],
    hunts: [
      {
        suite: 'random.test.ts',
        violation: /published bytes: publication is [0-9a-f]{64}/,
        without: 's3,temporal',
      },
    ],
  },
];
