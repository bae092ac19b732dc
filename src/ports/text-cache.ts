/**
 * Keeps texts for a while under keys that say all that they depend on, so that none is ever out of
 * date. It is never needed: what goes wrong is a miss, and nothing is thrown.
 */
export interface TextCache {
  get(key: string): Promise<string | null>;
  /** Texts beyond the cache's bound are not kept. */
  set(key: string, text: string): Promise<void>;
  close(): Promise<void>;
}
