import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { NcfdError } from '../../contracts/errors';

/** Text by path, with `/` between folders, sorted. */
export type RepositoryFiles = ReadonlyMap<string, string>;

/** Folders whose files are read, and files of the root. What is larger is data. */
const FOLDERS = ['.github', '.ci', 'deploy'];
const ROOT_FILES = /^(?:lefthook\.ya?ml|package\.json|(?:docker-)?compose[\w.-]*\.ya?ml)$/;
const MAX_BYTES = 1024 * 1024;

/** Reads what `ncfd smoke cicd` looks at. */
export function readRepositoryFiles(root: string): RepositoryFiles {
  if (!existsSync(path.join(root, '.github', 'workflows'))) {
    throw new NcfdError('BadUsage', `${root} has no .github/workflows`, {
      hint: 'Run it in a checkout of the repository, or name one: --folder PATH.',
    });
  }
  const names = [
    ...readdirSync(root).filter((name) => ROOT_FILES.test(name)),
    ...FOLDERS.flatMap((folder) => filesBelow(root, folder)),
  ].toSorted();
  return new Map(names.map((name) => [name, readFileSync(path.join(root, name), 'utf8')]));
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .filter((name) => {
      const stat = statSync(path.join(root, name));
      return stat.isFile() && stat.size <= MAX_BYTES;
    });
}

/** Files whose path matches, in order. */
export function filesLike(files: RepositoryFiles, pattern: RegExp): [file: string, text: string][] {
  return [...files].filter(([file]) => pattern.test(file));
}
