import { count, type CicdCheck } from '../check';
import { filesLike } from '../repository-files';

const USES = /^\s*(?:- )?uses:\s*(?<reference>\S+)(?<rest>.*)$/gm;
const COMMIT = /^[\w.-]+(?:\/[\w.-]+)+@[0-9a-f]{40}$/;
const IMAGE = /^docker:\/\/\S+@sha256:[0-9a-f]{64}$/;
const VERSION = /^\s+# v?\d+(?:\.\d+)*\s*$/;

/** Is every action of others pinned by a commit, with its version beside it? */
export const pins: CicdCheck = {
  id: 'pins',
  title: 'actions are pinned',
  look: ({ files }) => {
    const uses = filesLike(files, /^\.github\/.+\.ya?ml$/).flatMap(([file, text]) =>
      [...text.matchAll(USES)].map(({ groups }) => ({
        file,
        reference: (groups?.['reference'] ?? '').replaceAll(/['"]/g, ''),
        rest: groups?.['rest'] ?? '',
      })),
    );
    const others = uses.filter(({ reference }) => !reference.startsWith('./'));
    const problems = others.flatMap(({ file, reference, rest }) => {
      if (!COMMIT.test(reference) && !IMAGE.test(reference)) {
        return [`${file}: ${reference} is not pinned by a full commit`];
      }
      return VERSION.test(rest) ? [] : [`${file}: ${reference} has no version beside its commit`];
    });
    return { seen: `${count(others.length, 'use')} of actions`, problems };
  },
};
