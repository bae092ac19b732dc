// Holds a commit message to the form of this repository's: one imperative sentence that says what
// and why, and nothing else that a program would add.
//
//   node tools/check-message.cjs FILE             the message being written (commit-msg hook)
//   node tools/check-message.cjs --range A..B     those of commits
'use strict';
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');

const MAX_SUBJECT = 120;
const MIN_SUBJECT = 12;

/** Each says what is wrong, or null. */
const RULES = [
  (subject) => (subject.length > MAX_SUBJECT ? `is longer than ${MAX_SUBJECT} characters` : null),
  (subject) => (subject.length < MIN_SUBJECT ? 'says too little' : null),
  (subject) => (/^[a-z]+(\([^)]*\))?!?: /.test(subject) ? 'begins with a label' : null),
  (subject) => (/^[A-Z]/.test(subject) ? null : 'does not begin with a capital letter'),
  (subject) => (/[.!]$/.test(subject) ? 'ends with a mark' : null),
  (subject) =>
    /^(?:Add|Fix|Change|Remove|Updat|Mov|Renam|Us|Mak|Creat|Implement|Improv)(?:ed|es|s|ing)\b/.test(
      subject,
    )
      ? 'is no command: write "Add", not "Added" or "Adds"'
      : null,
  (subject) => (/^(?:WIP|TODO|Tmp|Temp)\b/i.test(subject) ? 'says that it is not finished' : null),
  (_, rest) => (rest[0] ? 'is not followed by an empty line' : null),
];

function problemsOf(message) {
  const lines = message.split('\n').filter((line) => !line.startsWith('#'));
  const [subject = '', ...rest] = lines;
  // What git itself writes.
  if (/^(?:Merge|Revert) /.test(subject)) return [];
  return RULES.map((rule) => rule(subject, rest))
    .filter((problem) => problem !== null)
    .map((problem) => `"${subject}" ${problem}`);
}

/** While a branch is worked on, git's own marks for a later rebase are fine. */
function ofFile(file) {
  const message = readFileSync(file, 'utf8');
  return /^(?:fixup|squash|amend)! /.test(message) ? [] : problemsOf(message);
}

function ofCommits(range) {
  const args = ['log', '--format=%B%x00', range, '--'];
  const log = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const messages = log.split('\0').map((message) => message.trim());
  return messages.filter((message) => message !== '').flatMap(problemsOf);
}

const [first, range = 'HEAD'] = process.argv.slice(2);
if (first === undefined) {
  process.stderr.write('message: give the file of a message, or --range A..B\n');
  process.exitCode = 2;
} else {
  const problems = first === '--range' ? ofCommits(range) : ofFile(first);
  for (const problem of problems) process.stderr.write(`commit message ${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
