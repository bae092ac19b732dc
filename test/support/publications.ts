import { sha256 } from '../../src/domain/manifest/digest';
import type { ScoredTrial } from '../../src/domain/scoring/types';
import type { PublicationHeader } from '../../src/report/input';
import type { PublicationManifest, PublishedObject } from '../../src/report/manifest';
import { draftPublication } from '../../src/report/publication';
import { headerFor, streamOf } from './scored-trials';

export interface Published {
  readonly objects: readonly PublishedObject[];
  readonly bytes: Readonly<Record<string, Buffer>>;
  readonly manifest: PublicationManifest;
}

/** Publishes trials into memory, as an activity does into a store. */
export async function publish(
  trials: readonly ScoredTrial[],
  change: Partial<PublicationHeader> = {},
): Promise<Published> {
  const header = headerFor(trials, change);
  const draft = draftPublication({ header, scored: streamOf(trials) });
  const objects: PublishedObject[] = [];
  const bytes: Record<string, Buffer> = {};
  for await (const { name, media_type, content, rows } of draft.objects) {
    const whole = await contentOf(content);
    bytes[name] = whole;
    objects.push({
      name,
      media_type,
      bytes: whole.length,
      rows: rows(),
      sha256: sha256(whole),
    });
  }
  return { objects, bytes, manifest: draft.manifest(objects) };
}

async function contentOf(content: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(Buffer.from(piece as string));
  return Buffer.concat(pieces);
}

/** Text of an object of a publication. */
export const textOf = ({ bytes }: Published, name: string): string =>
  (bytes[name] as Buffer).toString('utf8');
