import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../../domain/json';
import { canonicalLine } from '../../domain/manifest/canonical-json';
import { SAMPLE_AS_OF, SAMPLE_DATA_DATE } from './plan';
import { samplePrograms, type SampleOptions } from './sample';

export interface WrittenSample {
  readonly folder: string;
  readonly files: readonly string[];
  readonly trials: number;
}

const README = `# SYNTHETIC trials

Made by a seeded generator; no line comes from a real trial, person or company. Ids from
NCT99000000 on are outside the registry's range. Data date ${SAMPLE_DATA_DATE}; meant to be scored
as of ${SAMPLE_AS_OF}. Some programs carry a planted defect.
`;

/** Content of the sample's files by name, as canonical lines. */
export function sampleFiles(options: SampleOptions): ReadonlyMap<string, string> {
  const all = [...samplePrograms(options)];
  const lines = (documents: readonly JsonObject[]): string => documents.map(canonicalLine).join('');
  return new Map([
    ['README.md', README],
    ['synthetic.records.ndjson', lines(all.flatMap((program) => program.records))],
    ['synthetic.versions.ndjson', lines(all.flatMap((program) => program.histories))],
    ['synthetic.cards.ndjson', lines(all.flatMap((program) => program.cards))],
    ['synthetic.catalysts.ndjson', lines(all.flatMap((program) => program.catalysts))],
  ]);
}

/** Writes the sample into a folder, which is made when it is absent. */
export function writeSample(folder: string, options: SampleOptions): WrittenSample {
  mkdirSync(folder, { recursive: true });
  const files = sampleFiles(options);
  for (const [name, content] of files) writeFileSync(path.join(folder, name), content);
  return { folder, files: [...files.keys()], trials: options.count };
}
