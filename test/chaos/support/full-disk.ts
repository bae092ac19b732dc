import { AsyncLocalStorage } from 'node:async_hooks';
import fs, { existsSync, readdirSync } from 'node:fs';
import promises from 'node:fs/promises';
import path from 'node:path';

/** What there is no room for: bytes of a file, or an entry in its folder. */
export type Full = 'write' | 'link';

const fullFor = new AsyncLocalStorage<Full>();

/** Does work to which the disk is full. */
export const onFullDisk = <T>(what: Full, work: () => Promise<T>): Promise<T> =>
  fullFor.run(what, work);

type SystemCall = (...rest: readonly unknown[]) => void;
type Answer = (error: Error) => void;

/** Puts a disk that can be full below the file artifacts: the system calls of Node answer so. */
export function installFullDisk(): () => void {
  const { write, writev } = fs;
  const { link } = promises;
  const refusing =
    (real: SystemCall): SystemCall =>
    (...rest) => {
      if (fullFor.getStore() !== 'write') return real(...rest);
      process.nextTick(rest.at(-1) as Answer, noSpace('write'));
    };
  Object.assign(fs, { write: refusing(write as never), writev: refusing(writev as never) });
  Object.assign(promises, {
    link: async (from: string, to: string) => {
      if (fullFor.getStore() === 'link') throw noSpace('link');
      return link(from, to);
    },
  });
  return () => {
    Object.assign(fs, { write, writev });
    Object.assign(promises, { link });
  };
}

const noSpace = (syscall: string): Error =>
  Object.assign(new Error(`ENOSPC: no space left on device, ${syscall} (planted)`), {
    code: 'ENOSPC',
    errno: -28,
    syscall,
  });

/** What a failed write has left lying about. */
export function unfinishedIn(location: string): string[] {
  const folder = path.join(location.slice('fs:'.length), '.unfinished');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => `unfinished file ${name} is left`);
}
