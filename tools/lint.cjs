// Runs the linters of what is no TypeScript, in their pinned versions (src/dev/linter-pins.ts).
//
//   node tools/lint.cjs shell|docker|sql|actions [file...]
//
// Without files it looks at all that git knows; files of other kinds are passed over.
'use strict';
const { spawnSync } = require('node:child_process');
const { closeSync, openSync, readFileSync, readSync } = require('node:fs');
const path = require('node:path');
const compiled = require('./compiled.cjs');
const trackedFiles = require('./tracked-files.cjs');

const SHEBANG = /^#! ?\S*[/ ](?:env )?(?:ba)?sh\b/;
/**
 * Digests have a fixed length, ids a checked form, counts a checked bound. A backfill takes what it
 * takes; what it makes others wait for is bounded by lock_timeout.
 */
const NO_SQL_RULES = [
  'ban-char-field',
  'prefer-text-field',
  'prefer-bigint-over-int',
  'require-statement-timeout',
];
/** Migrations that were applied before these rules, and so can never change. */
const LAST_BEFORE_LOCK_RULES = 9;
const LOCK_RULES = [
  'require-lock-timeout',
  'adding-not-nullable-field',
  'constraint-missing-not-valid',
  'disallowed-unique-constraint',
  'require-concurrent-index-creation',
];

/** Each kind: which files are of it, and what looks at them. True: they are well. */
const KINDS = {
  shell: {
    is: (file) =>
      /\.(sh|bash)$/.test(file) || (path.extname(file) === '' && SHEBANG.test(head(file))),
    look: (files) => {
      // SC2016 and SC2329 are guesses: a text for another program, a function that a trap calls.
      const options = ['--severity=style', '--external-sources', '--exclude=SC2016,SC2329'];
      const meaning = run('shellcheck', [...options, ...files]);
      return run('shfmt', ['--diff', '--indent', '2', '--case-indent', ...files]) && meaning;
    },
  },
  docker: {
    is: (file) => /(^|\.)Dockerfile(\.|$)/.test(path.basename(file)),
    look: (files) => run('hadolint', ['--failure-threshold', 'style', ...files]),
  },
  sql: {
    is: (file) => file.startsWith('migrations/') && file.endsWith('.sql'),
    look: (files) => files.map(migration).every(Boolean),
  },
  actions: {
    is: (file) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file),
    // ShellCheck looks into the scripts of the steps.
    look: (files) =>
      run('actionlint', ['-no-color', '-shellcheck', program('shellcheck'), ...files]),
  },
};

/** What drops a table in the down part is no mistake: the up part alone is looked at. */
function migration(file) {
  const up = readFileSync(file, 'utf8').split(/^-- Down Migration/m)[0];
  const settled = Number(/\d+/.exec(path.basename(file))?.[0]) <= LAST_BEFORE_LOCK_RULES;
  const excluded = [...NO_SQL_RULES, ...(settled ? LOCK_RULES : [])].join(',');
  // Each file runs in one transaction.
  const options = ['--pg-version', '18.0', '--assume-in-transaction', '--reporter', 'gcc'];
  const args = [...options, '--exclude', excluded, '--stdin-filepath', file];
  return run('squawk', args, up);
}

function program(name) {
  const pin = compiled('dev/linter-pins').LINTERS.find((one) => one.name === name);
  return compiled('dev/binaries').requireBinary(pin);
}

/** Findings go to standard error, like all words. */
function run(name, args, input = '') {
  const { status, error } = spawnSync(program(name), args, { input, stdio: ['pipe', 2, 2] });
  if (error !== undefined) throw error;
  return status === 0;
}

function head(file) {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(64);
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

function main([name, ...given]) {
  const kind = Object.hasOwn(KINDS, name ?? '') ? KINDS[name] : undefined;
  if (kind === undefined) {
    process.stderr.write(`lint: say what to lint: ${Object.keys(KINDS).join(', ')}\n`);
    return 2;
  }
  const files = trackedFiles(given.map((file) => path.relative('', file))).filter(kind.is);
  return files.length === 0 || kind.look(files) ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`lint: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error?.hint) process.stderr.write(`lint: ${error.hint}\n`);
  process.exitCode = 3;
}
