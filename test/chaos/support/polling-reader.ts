import { setTimeout as pause } from 'node:timers/promises';
import type { RunStore } from '../../../src/ports/run-store';
import { createRunStore } from '../../../src/stores/postgres/run-store';
import { readPublication } from './invariants';
import type { Lane } from './lane';

/** Between two looks, so that a reader does not take the processor from whom it watches. */
const PAUSE_MS = 3;

/** What a reader saw while a run went on. */
export interface Seen {
  readonly looks: number;
  readonly problems: readonly string[];
}

/** A reader with the login of readers, who looks at the current publication all the time. */
export class PollingReader {
  private constructor(private readonly store: RunStore) {}

  static async open(lane: Lane): Promise<PollingReader> {
    return new PollingReader(await createRunStore(lane.database.readerUrl));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** Looks until the work has ended, and once more. */
  async during(lane: Lane, work: Promise<unknown>): Promise<Seen> {
    const problems: string[] = [];
    let looks = 0;
    let ended = false;
    let sawNew = false;
    void work.catch(() => undefined).finally(() => (ended = true));
    for (let last = false; !last;) {
      last = ended;
      const saw = await this.#look(lane).catch((error: unknown) => String(error));
      looks += 1;
      if (saw === 'old' && sawNew) problems.push('reader: the old publication after the new one');
      else if (saw !== 'old' && saw !== 'new') problems.push(`reader: ${saw}`);
      sawNew ||= saw === 'new';
      if (problems.length > 0) break;
      await pause(PAUSE_MS);
    }
    return { looks, problems };
  }

  /** Reads all of the publication that is current: `old`, `new`, or what is wrong with it. */
  async #look({ scene, reference, input }: Lane): Promise<string> {
    const current = await this.store.currentPublication(input.header.identity.mode);
    const sha = current?.publicationSha256 ?? null;
    const { old } = scene;
    const isOld = sha === (old?.sha256 ?? null);
    if (!isOld && sha !== reference.published.publicationSha256) return `pointer is on ${sha}`;
    if (sha === null) return 'old';
    const artifacts = isOld && old !== null ? old.artifacts : scene.artifacts;
    const { objects } = await readPublication(artifacts, sha);
    if (isOld) return 'old';
    const names = Object.keys({ ...objects, ...reference.published.objects });
    const mixed = names.find((name) => objects[name] !== reference.published.objects[name]);
    return mixed === undefined ? 'new' : `${mixed} of the current publication has other bytes`;
  }
}
