import type { Readable } from 'node:stream';

/** A table as it is copied: its rows in the text form of COPY, ordered by the primary key. */
export interface CopiedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Where a sequence stands; null when it was never used. The number is text: it has 64 bits. */
export interface CopiedSequence {
  readonly name: string;
  readonly lastValue: string | null;
}

export interface AppliedMigration {
  readonly name: string;
  readonly sha256: string | null;
}

/** What makes two databases able to hold the same rows. */
export interface DatabaseShape {
  readonly migrations: readonly AppliedMigration[];
  readonly tables: readonly CopiedTable[];
}

/** All of one database at one instant, whatever others write meanwhile. */
export interface DatabaseSnapshot extends DatabaseShape {
  readonly sequences: readonly CopiedSequence[];
  /** Rows of a table; one table at a time. */
  rows(table: CopiedTable): Readable;
}

/** What is loaded: the same rows, from wherever they are kept. */
export interface DatabaseContent extends DatabaseShape {
  readonly sequences: readonly CopiedSequence[];
  rows(table: CopiedTable): Promise<Readable>;
}

/** Checks, before anything is committed, that what was loaded reads as what was given. */
export type ReadBack = (table: CopiedTable, rows: Readable) => Promise<void>;

/** Copies a whole database out, and into an empty one of the same schema. */
export interface DatabaseCopy {
  snapshot<R>(use: (snapshot: DatabaseSnapshot) => Promise<R>): Promise<R>;
  /** @throws NcfdError BackupRefused when the database has rows, or another schema. */
  mustBeEmpty(shape: DatabaseShape): Promise<void>;
  /**
   * Loads everything in one transaction and leaves an audit record.
   *
   * @param source what was restored, for the audit record: a place and its digest
   */
  load(
    content: DatabaseContent,
    readBack: ReadBack,
    source: { readonly place: string; readonly sha256: string },
  ): Promise<void>;
  close(): Promise<void>;
}
