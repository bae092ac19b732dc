/**
 * Shows that the chaos suite bites: plants each defect in a copy of the tree, runs the suite there
 * until its first violation, and runs the case that noticed once more by the command that the
 * suite printed. Fails when an edit no longer applies, when a defect goes unnoticed, when it is
 * noticed by something else than expected, or when the printed command does not show it again.
 *
 *   npm run chaos:defects [-- part of a name]
 */
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const defects = require('./defects.cjs');

const ROOT = path.resolve(__dirname, '../../..');
const JEST = path.join(ROOT, 'node_modules/jest/bin/jest.js');
const SUITE_TIMEOUT_MS = 15 * 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** A copy of what is committed and what is about to be; dependencies are shared. */
function copyTree() {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'ncfd-defect-'));
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    if (!fs.existsSync(path.join(ROOT, file))) continue;
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), path.join(copy, file));
  }
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

function plant(copy, { name, edits }) {
  for (const { file, find, replace } of edits) {
    const text = fs.readFileSync(path.join(copy, file), 'utf8');
    const found = text.split(find).length - 1;
    if (found !== 1) {
      throw new Error(
        `"${name}" no longer applies: ${file} has its place ${found} times, not once`,
      );
    }
    fs.writeFileSync(
      path.join(copy, file),
      text.replace(find, () => replace),
    );
  }
}

function runSuite(copy, { suite, without }, env) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [JEST, '--runInBand', path.join('test/chaos', suite)],
    {
      cwd: copy,
      encoding: 'utf8',
      timeout: SUITE_TIMEOUT_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
      env: { ...process.env, NCFD_TEST_WITHOUT: without, NCFD_CHAOS_BAIL: '1', ...env },
    },
  );
  return { status, text: `${stdout}\n${stderr}` };
}

/** The first case that the suite printed as violated, with its lines. */
function firstViolation(text) {
  const [, fault, name, lines] = /^(.+): case (\S+)\n((?: {4}.+\n)+)/m.exec(text) ?? [];
  return name === undefined ? null : { fault, name, lines };
}

function hunt(copy, aim) {
  const began = Date.now();
  const { status, text } = runSuite(copy, aim, aim.cases ? { NCFD_CHAOS_CASE: aim.cases } : {});
  const seconds = Math.round((Date.now() - began) / 1000);
  const found = firstViolation(text);
  if (status === 0 || found === null) {
    const end = text.slice(-2_000);
    return { ok: false, told: `${aim.suite}: no case noticed (exit ${status})\n${end}` };
  }
  const line = found.lines.split('\n').find((one) => aim.violation.test(one));
  if (line === undefined) {
    return { ok: false, told: `${aim.suite}: case ${found.name} says otherwise:\n${found.lines}` };
  }
  const seed = /^\S+\.test\.ts, seed (\d+),/m.exec(text)?.[1] ?? '';
  const again = runSuite(copy, aim, { NCFD_CHAOS_SEED: seed, NCFD_CHAOS_CASE: found.name });
  const same = again.status !== 0 && firstViolation(again.text)?.name === found.name;
  const told = `${aim.suite}, case ${found.name} (${found.fault}), ${seconds} s:\n    ${line.trim()}`;
  return same ? { ok: true, told } : { ok: false, told: `${told}\n    not seen again by its name` };
}

function tried(defect) {
  const copy = copyTree();
  try {
    plant(copy, defect);
    return defect.hunts.map((aim) => hunt(copy, aim));
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

const [, , only = ''] = process.argv;
const chosen = defects.filter(({ name }) => name.includes(only));
if (chosen.length === 0) throw new Error(`no defect has "${only}" in its name`);
let unnoticed = 0;
for (const defect of chosen) {
  process.stderr.write(`planted: ${defect.name}\n`);
  for (const { ok, told } of tried(defect)) {
    if (!ok) unnoticed += 1;
    process.stdout.write(`${ok ? 'noticed' : 'UNNOTICED'}: ${defect.name}\n  ${told}\n`);
  }
}
process.exitCode = unnoticed === 0 ? 0 : 1;
