// Refuses what looks like a secret (src/smoke/cicd/secrets.ts).
//
//   node tools/check-secrets.cjs [file...]        without files: all that git knows
//   node tools/check-secrets.cjs --range A..B     every line that these commits added, also where
//                                                 a later one took it away: the history keeps it
'use strict';
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const compiled = require('./compiled.cjs');
const trackedFiles = require('./tracked-files.cjs');

const { findSecrets, NO_SECRET } = compiled('smoke/cicd/secrets');

function* ofFiles(files) {
  for (const file of files) {
    const bytes = readFileSync(file);
    if (bytes.subarray(0, 8192).includes(0)) continue;
    for (const { line, rule, excerpt } of findSecrets(bytes.toString('utf8'))) {
      yield `${file}:${line}: ${rule}: ${excerpt}`;
    }
  }
}

function* ofCommits(range) {
  const args = ['log', '--patch', '--no-color', '--unified=0', '--format=commit %h', range, '--'];
  const log = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 512 * 1024 * 1024 });
  let commit = '';
  let file = '';
  for (const line of log.split('\n')) {
    if (line.startsWith('commit ')) commit = line.slice(7);
    else if (line.startsWith('+++ ')) file = line.slice(6);
    else if (line.startsWith('+')) {
      for (const { rule, excerpt } of findSecrets(line.slice(1))) {
        yield `${file} in commit ${commit}: ${rule}: ${excerpt}`;
      }
    }
  }
}

const args = process.argv.slice(2);
const found = [
  ...(args[0] === '--range' ? ofCommits(args[1] ?? 'HEAD') : ofFiles(trackedFiles(args))),
];
for (const finding of found) process.stderr.write(`${finding}\n`);
if (found.length > 0) {
  process.stderr.write(
    `secrets: ${found.length} found. Take each out and, if it ever left this machine, revoke it. ` +
      `Is it none, say so on its line: ${NO_SECRET}, because ...\n`,
  );
  process.exitCode = 1;
}
