import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeBuild, readBuild, textDigest } from './build';

describe('the name of a build', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'ncfd-build-'));
    mkdirSync(path.join(root, 'domain'));
    writeFileSync(path.join(root, 'domain', 'a.js'), 'one');
    writeFileSync(path.join(root, 'workflow-bundle.js'), 'code\n//# sourceMappingURL=data:x,1');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('has 12 characters of the revision and 8 of the digest of all that runs', () => {
    const { buildId, sha256 } = describeBuild(root, '4f1c09aa12dea1b2c3d4e5f6');
    expect(buildId).toBe(`4f1c09aa12de-${sha256.slice(0, 8)}`);
    expect(describeBuild(root, '4f1c09aa12de-rest').buildId).toBe(buildId);
  });

  it('changes with any line of code, and not with the folder that a source map names', () => {
    const before = describeBuild(root, 'abc').buildId;
    writeFileSync(path.join(root, 'workflow-bundle.js'), 'code\n//# sourceMappingURL=data:x,2');
    writeFileSync(path.join(root, 'build.json'), '{}');
    expect(describeBuild(root, 'abc').buildId).toBe(before);
    writeFileSync(path.join(root, 'domain', 'a.js'), 'two');
    expect(describeBuild(root, 'abc').buildId).not.toBe(before);
  });

  it('holds no character that a server refuses in names', () => {
    expect(describeBuild(root, '0.1.0').buildId).toMatch(/^0-1-0-[0-9a-f]{8}$/);
  });

  it('is unknown where nothing was built', () => {
    expect(readBuild(root)).toBeNull();
    writeFileSync(path.join(root, 'build.json'), '{"buildId":"x-1"}');
    expect(readBuild(root)?.buildId).toBe('x-1');
  });

  it('covers the code of a bundle without its inline map', () => {
    expect(textDigest('a\n//# sourceMappingURL=data:1')).toBe(
      textDigest('a\n//# sourceMappingURL=data:2'),
    );
    expect(textDigest('a')).not.toBe(textDigest('b'));
  });
});
