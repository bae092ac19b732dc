// Prints what CHANGELOG.md says of a version; a version without words is no release.
//
//   node tools/release-notes.cjs 1.2.3
'use strict';
const { readFileSync } = require('node:fs');
const path = require('node:path');

const [version = ''] = process.argv.slice(2);
const changelog = readFileSync(path.join(__dirname, '..', 'CHANGELOG.md'), 'utf8');
const part = changelog.split(/^## /m).find((one) => one.split(/\s/)[0] === version);
const notes = part?.slice(version.length).trim() ?? '';
if (version !== '' && notes !== '') process.stdout.write(`${notes}\n`);
else {
  process.stderr.write(`release notes: CHANGELOG.md says nothing of version "${version}"\n`);
  process.exitCode = 1;
}
