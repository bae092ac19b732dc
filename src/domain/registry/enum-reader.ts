/** Reads enum values; those that are not known read as missing and are remembered (3.1.1). */
export class EnumReader {
  private readonly seen = new Set<string>();

  /** The value when it is known, else null. */
  one(value: string | null, known: ReadonlySet<string>, path: string): string | null {
    if (value === null || known.has(value)) return value;
    this.seen.add(`${path}=${value.slice(0, 100)}`);
    return null;
  }

  /** The known ones of several values, in order. */
  many(values: readonly string[], known: ReadonlySet<string>, path: string): readonly string[] {
    return values.filter((value) => this.one(value, known, path) !== null);
  }

  /** `path=value` of what was not known, each once, in order of appearance. */
  unknown(): string[] {
    return [...this.seen];
  }
}
