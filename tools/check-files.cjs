// Holds files to what any of them must be: small enough for a repository, and readable where a
// program reads them (YAML, JSON).
//
//   node tools/check-files.cjs [file...]      without files: all that git knows
'use strict';
const { readFileSync, statSync } = require('node:fs');
const YAML = require('yaml');
const trackedFiles = require('./tracked-files.cjs');

/** The largest file of the repository is the lock file, half of this; data lives elsewhere. */
const MAX_BYTES = 1024 * 1024;

function problemsOf(file) {
  const { size } = statSync(file);
  if (size > MAX_BYTES) {
    return [`has ${size} bytes, more than ${MAX_BYTES}: keep data outside of the repository`];
  }
  if (file.endsWith('.json')) return problemOfJson(readFileSync(file, 'utf8'));
  return /\.ya?ml$/.test(file) ? problemsOfYaml(readFileSync(file, 'utf8')) : [];
}

function problemOfJson(text) {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`is no JSON: ${error.message}`];
  }
}

/** Warnings count: a key that stands twice is one of them in older YAML. */
function problemsOfYaml(text) {
  return YAML.parseAllDocuments(text)
    .flatMap(({ errors, warnings }) => [...errors, ...warnings])
    .map(({ message }) => `is no YAML: ${message.split('\n')[0]}`);
}

let found = 0;
for (const file of trackedFiles(process.argv.slice(2))) {
  for (const problem of problemsOf(file)) {
    process.stderr.write(`${file} ${problem}\n`);
    found += 1;
  }
}
process.exitCode = found === 0 ? 0 : 1;
