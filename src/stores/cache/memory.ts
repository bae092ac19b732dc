import type { TextCache } from '../../ports/text-cache';

/** Characters kept in all: some 64 MB at two bytes each. */
const CHARS_MAX = 32_000_000;
/** A text that is larger would push out a hundred others. */
const TEXT_CHARS_MAX = 1_000_000;

/** Texts in this process; what was longest not asked for goes first. */
export class MemoryCache implements TextCache {
  private readonly kept = new Map<string, string>();
  private chars = 0;

  constructor(private readonly charsMax = CHARS_MAX) {}

  async get(key: string): Promise<string | null> {
    const text = this.kept.get(key);
    if (text === undefined) return null;
    this.kept.delete(key);
    this.kept.set(key, text);
    return text;
  }

  async set(key: string, text: string): Promise<void> {
    this.forget(key);
    if (text.length > Math.min(TEXT_CHARS_MAX, this.charsMax)) return;
    this.kept.set(key, text);
    this.chars += text.length;
    while (this.chars > this.charsMax) {
      const [oldest] = this.kept.keys();
      if (oldest === undefined) return;
      this.forget(oldest);
    }
  }

  async close(): Promise<void> {
    this.kept.clear();
    this.chars = 0;
  }

  private forget(key: string): void {
    this.chars -= this.kept.get(key)?.length ?? 0;
    this.kept.delete(key);
  }
}
