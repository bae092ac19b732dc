import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import type { BasicType } from 'hyparquet-writer';
import type { ColumnKind, ScoreTable } from './table';
import { cellOf, COLUMNS } from './table';

/** Fixed, so that equal rows give equal bytes; one group is about 2 MB before compression. */
const ROWS_PER_GROUP = 10_000;
const TYPES: Readonly<Record<ColumnKind, BasicType>> = {
  text: 'STRING',
  double: 'DOUBLE',
  integer: 'INT32',
  boolean: 'BOOLEAN',
};

/** `scores.parquet`: the rows and columns of `scores.csv`, doubles unrounded (11.1). */
export function scoresParquet(table: ScoreTable): Uint8Array {
  const writer = new ByteWriter();
  void parquetWrite({
    writer,
    columnData: COLUMNS.map((column) => ({
      name: column.name,
      type: TYPES[column.kind],
      nullable: true,
      data: table.rows.map((_, index) => cellOf(table, index, column)),
    })),
    codec: 'SNAPPY',
    rowGroupSize: ROWS_PER_GROUP,
    createdBy: 'ncfd',
  });
  return writer.getBytes();
}
