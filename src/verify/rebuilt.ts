import { isNcfdError, messageOf } from '../contracts/errors';
import { isJsonObject, type Json, type JsonObject } from '../domain/json';
import type { Parameters } from '../domain/parameters/types';
import type { ScoredTrial } from '../domain/scoring/types';
import type { PublicationHeader } from '../report/input';
import type { PublishedObject } from '../report/manifest';
import { draftPublication } from '../report/publication';
import type { Findings } from './findings';
import { firstDifference } from './lines';

/** What the manifest of a publication says, as far as it is read here. */
export interface ManifestView {
  readonly value: JsonObject;
  readonly text: string;
  readonly objects: readonly PublishedObject[];
  readonly mode: PublicationHeader['mode'];
  readonly snapshot: string;
  readonly parameterSet: string;
  readonly codeVersion: string;
}

/** @returns null when the text has not the form of a manifest */
export function manifestView(text: string): ManifestView | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isJsonObject(value) || !Array.isArray(value.objects)) return null;
  const { parameter_set: set, mode, snapshot_sha256: snapshot, code_version: codeVersion } = value;
  if (!isJsonObject(set) || typeof set.sha256 !== 'string') return null;
  if (typeof snapshot !== 'string' || typeof codeVersion !== 'string') return null;
  if (mode !== 'pre_readout' && mode !== 'post_readout') return null;
  const objects = (value.objects as readonly Json[]).filter(isPublishedObject);
  if (objects.length !== value.objects.length) return null;
  return { value, text, objects, mode, snapshot, parameterSet: set.sha256, codeVersion };
}

function isPublishedObject(value: Json): value is Json & PublishedObject {
  return (
    isJsonObject(value) &&
    // A name from outside must not lead out of its folder.
    typeof value.name === 'string' &&
    /^[a-z][a-z0-9.-]*$/.test(value.name) &&
    typeof value.bytes === 'number' &&
    typeof value.sha256 === 'string'
  );
}

/** The header from which a publication was made, read back from its manifest. */
function headerOf({ value, mode }: ManifestView, parameters: Parameters): PublicationHeader {
  const said = value as unknown as PublicationHeader & {
    readonly parameter_set: { readonly override: boolean };
    readonly quarantined: readonly { readonly nct_id: string; readonly code: string }[];
  };
  return {
    ...said,
    mode,
    parameters,
    parameter_override: said.parameter_set.override,
    quarantined: said.quarantined.map((one) => ({ ...one, message: '' })),
  };
}

export interface RebuildInput {
  readonly manifest: ManifestView;
  readonly parameters: Parameters;
  /** Scored trials by nct_id. */
  readonly scored: AsyncIterable<ScoredTrial>;
  /** Bytes of a stored object, or null when it cannot be read. */
  readonly read: (name: string) => Promise<Buffer | null>;
  /** How a message names an object. */
  readonly named: (name: string) => string;
}

/**
 * Makes all objects of a publication again from its scored trials and names the first place where
 * a stored one differs. Needs as much memory as publishing does: about 2 kB a trial.
 */
export async function compareRebuilt(input: RebuildInput, found: Findings): Promise<void> {
  const { manifest, parameters, scored } = input;
  try {
    const header = headerOf(manifest, parameters);
    const draft = draftPublication({ header, scored });
    for await (const object of draft.objects) {
      const expected = await contentOf(object.content);
      // The manifest does not carry the words that the page shows of a quarantined trial.
      if (object.name === 'report.html' && header.quarantined.length > 0) continue;
      await compareObject(input, object.name, expected, found);
    }
    if (draft.manifest(manifest.objects).text !== manifest.text) {
      found.add(input.named('manifest.json'), null, 'is not the manifest of these trials');
    }
  } catch (error) {
    // The manifest is data from outside: what cannot be read of it is a difference like any other.
    const where = isNcfdError(error) ? 'evidence.ndjson' : 'manifest.json';
    found.add(input.named(where), null, `gives no publication: ${messageOf(error)}`);
  }
}

async function compareObject(
  { read, named }: RebuildInput,
  name: string,
  expected: Buffer,
  found: Findings,
): Promise<void> {
  const stored = await read(name);
  if (stored === null) return;
  const difference = firstDifference(stored, expected);
  if (difference === null) return;
  const { byte, line, trial } = difference;
  const binary = name.endsWith('.parquet');
  const where = binary ? `byte ${byte + 1}` : `line ${line}`;
  found.add(
    `${named(name)} ${where}`,
    binary ? null : trial,
    `differs from what the evidence gives, first at byte ${byte + 1}`,
  );
}

async function contentOf(content: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(Buffer.from(piece as string));
  return Buffer.concat(pieces);
}
