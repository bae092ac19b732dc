import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DefaultLogger } from '@temporalio/worker';
import { bundle } from '../../../src/worker/bundle';

const SRC = path.resolve(__dirname, '../../../src');

/**
 * The bundle of the present workflow code. Bundling takes seconds, so test files and child
 * processes share one by the digest of its sources.
 *
 * @param interceptors files with interceptors beyond those of the product
 */
export async function testBundle(
  interceptors: readonly string[] = [],
): Promise<{ readonly codePath: string }> {
  const folder = path.join(tmpdir(), `ncfd-test-bundles-${process.getuid?.() ?? 0}`);
  const codePath = path.join(folder, `${sourceDigest(interceptors)}.js`);
  if (!existsSync(codePath)) {
    mkdirSync(folder, { recursive: true });
    const { code } = await bundle(new DefaultLogger('WARN'), interceptors);
    const draft = `${codePath}.${process.pid}`;
    writeFileSync(draft, code);
    renameSync(draft, codePath);
  }
  return { codePath };
}

function sourceDigest(interceptors: readonly string[]): string {
  const hash = createHash('sha256').update(
    readFileSync(require.resolve('@temporalio/workflow/package.json')),
  );
  for (const folder of ['contracts', 'workflows']) {
    for (const file of readdirSync(path.join(SRC, folder)).sort()) {
      hash.update(`${folder}/${file}\0`).update(readFileSync(path.join(SRC, folder, file)));
    }
  }
  for (const file of interceptors) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
