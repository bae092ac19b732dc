import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name));
}

/** Source without comments and without the content of texts and patterns. */
function codeOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '')
    .replaceAll(/'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*"/g, "''");
}

describe('source rules', () => {
  test('no power operator stands in code that makes numbers, because engines disagree on it', () => {
    const offenders = [...sources('src/domain'), ...sources('src/report')].filter((file) =>
      /[\w)\]]\s*\*\*\s*[\w(]/.test(codeOf(file)),
    );
    expect(offenders).toEqual([]);
  });

  test('the power rule can see a power', () => {
    expect(/[\w)\]]\s*\*\*\s*[\w(]/.test('const x = 10 ** -k; y ** 2')).toBe(true);
  });

  test('workflow code loads no validation library and no node module', () => {
    const offenders = sources('src/workflows').filter((file) =>
      /from '(zod|node:|pino|pg|slonik)/.test(readFileSync(path.join(root, file), 'utf8')),
    );
    expect(offenders).toEqual([]);
  });

  test('commands read settings through one helper, so that flags count for each of them', () => {
    const offenders = sources('src/cli/commands').filter((file) =>
      codeOf(file).includes('resolveSettings('),
    );
    expect(offenders).toEqual([]);
  });

  test('the Temporal packages share one copy of protobufjs, or recorded histories cannot be read', () => {
    const from = (name: string) =>
      require.resolve('protobufjs', {
        paths: [require.resolve(`${name}/package.json`, { paths: [root] })],
      });
    expect(from('@temporalio/common')).toBe(from('@temporalio/proto'));
  });
});
