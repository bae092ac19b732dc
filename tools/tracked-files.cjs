// Which files a check looks at: those it is given, else all that git tracks or would track.
'use strict';
const { execFileSync } = require('node:child_process');
const { lstatSync } = require('node:fs');

/** @param {readonly string[]} given paths; none means the whole tree */
module.exports = function trackedFiles(given) {
  const names = given.length > 0 ? given : listed();
  return names.filter((name) => lstatSync(name, { throwIfNoEntry: false })?.isFile());
};

function listed() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const out = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return [...new Set(out.split('\0').filter((name) => name !== ''))];
}
