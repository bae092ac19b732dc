import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { sha256 } from '../domain/manifest/digest';
import { publish, textOf } from '../../test/support/publications';
import { scoredTrial, variedTrials } from '../../test/support/scored-trials';
import { scoresCsv, csvCell } from './csv';
import { scoresParquet } from './parquet';
import { cellOf, COLUMNS, rankRows, tableEntry } from './table';

const tableOf = (count: number) => rankRows([...variedTrials(count)].map(tableEntry));
const rowOf = (spec: Parameters<typeof scoredTrial>[0]): string => {
  const lines = [...scoresCsv(rankRows([tableEntry(scoredTrial(spec))]))];
  return lines[1] as string;
};

test('the columns are those of the specification, in its order', () => {
  expect(COLUMNS.map(({ name }) => name).join(', ')).toBe(
    'rank, nct_id, brief_title, phase, area, sponsor_class, mode, decision, decision_basis, risk_class, p_fail, p_model, prior_pi, logit_prior, sum_log_lr, logit_post, stop_rules, S1, S2, S3, S4, S5, S6, S7, S8, S9, G1, G2, G3, G4, lr_G1, lr_G2, lr_G3, lr_G4, signal_coverage, gate_coverage, low_certainty, cut_off, catalyst_start, catalyst_end',
  );
});

test('a called trial is written with six decimals and its signals with their severity', () => {
  expect(rowOf({ number: 7, signals: { S1: 'H', S2: 'H', S5: 'M', S6: 'H', S9: 'unknown' } })).toBe(
    '1,NCT00000007,Made-up compound 7 in solid tumours,3,oncology,industry,post_readout,call,posterior,H,0.853958,0.853958,0.217800,-1.278533,3.044522,1.765989,,fired:H,fired:H,clear,clear,fired:M,fired:H,clear,clear,unknown,fired,clear,fired,clear,5.000000,1.000000,4.200000,1.000000,0.888889,1.000000,false,2026-03-06T00:00:00.000Z,2025-09-01,\n',
  );
});

test('a trial without a score has empty cells, never 0', () => {
  expect(rowOf({ number: 8, pi: null })).toContain(',abstain,,,,,,,,,,clear,');
});

test('ranked rows come before abstentions, and abstentions by trial id', () => {
  const table = tableOf(60);
  const decisions = table.rows.map(({ decision }) => decision);
  expect(decisions.indexOf('abstain')).toBe(table.ranked);
  expect(decisions.slice(table.ranked).every((decision) => decision === 'abstain')).toBe(true);
  const abstained = table.rows.slice(table.ranked).map(({ nct_id }) => nct_id);
  expect(abstained).toEqual([...abstained].sort());
  const pFail = table.rows.slice(0, table.ranked).map(({ p_fail }) => p_fail ?? 0);
  expect(pFail).toEqual([...pFail].sort((a, b) => b - a));
});

test('the table is the same in whatever parts and order its trials were gathered', () => {
  const entries = [...variedTrials(40)].map(tableEntry);
  const ranked = entries.filter(({ row }) => row.decision !== 'abstain');
  const expected = rankRows(ranked).rows;
  fc.assert(
    fc.property(fc.shuffledSubarray(ranked, { minLength: ranked.length }), (shuffled) => {
      expect(rankRows(shuffled).rows).toEqual(expected);
    }),
    { numRuns: 50, seed: 7 },
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)'])('the title %s cannot be run as a formula', (title) => {
  expect(csvCell(title, { kind: 'text' })).toBe(`'${title}`);
  expect(rowOf({ number: 1, title })).toContain(`,'${title},`);
});

test('a negative number is a number and gets no prefix', () => {
  expect(csvCell(-1.5, { kind: 'double' })).toBe('-1.500000');
});

test('zero has no sign', () => {
  expect(csvCell(-1e-9, { kind: 'double' })).toBe('0.000000');
});

test.each(['a,b', 'say "no"', 'two\nlines', 'two\r\nlines', 'a\rb', ' padded ', 'naïve – ü 漢'])(
  'the title %j is read back as it was',
  (title) => {
    const cell = /^1,NCT00000001,("(?:[^"]|"")*"|[^,\n]*),3,/.exec(
      rowOf({ number: 1, title }),
    )?.[1];
    const read = cell?.startsWith('"') ? cell.slice(1, -1).replace(/""/g, '"') : cell;
    expect(read).toBe(title);
  },
);

test('the Parquet file holds the rows of the table with unrounded doubles and nulls', async () => {
  const table = tableOf(60);
  const bytes = scoresParquet(table);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const read = await parquetReadObjects({ file: file as ArrayBuffer });
  const expected = table.rows.map((_, index) =>
    Object.fromEntries(COLUMNS.map((column) => [column.name, cellOf(table, index, column)])),
  );
  expect(read).toEqual(expected);
});

test('the Parquet file of more rows than one group is read back in the same order', async () => {
  const table = tableOf(10_050);
  const bytes = scoresParquet(table);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const read = await parquetReadObjects({ file: file as ArrayBuffer, columns: ['nct_id'] });
  expect(read.map((row) => row.nct_id as string)).toEqual(table.rows.map(({ nct_id }) => nct_id));
});

test('the bytes of a table do not change unless its form is changed on purpose', () => {
  const table = tableOf(20);
  expect(sha256([...scoresCsv(table)].join(''))).toBe(
    '995f13aa8f171785e216527e5687101bbe0ec0abd63169b8af41f1c57c9f13d2',
  );
  expect(sha256(scoresParquet(table))).toBe(
    '07bb88772171db58ebe22f6a449b3f3487c27d2d1cd4a0f7bb5e40445695c6bd',
  );
});

test('CSV and Parquet of a publication have the same number of rows', async () => {
  const published = await publish([...variedTrials(30)]);
  expect(textOf(published, 'scores.csv').trimEnd().split('\n')).toHaveLength(31);
});
