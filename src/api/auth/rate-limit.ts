/** Callers that are remembered; beyond this the one that was longest not seen is forgotten. */
const REMEMBERED_MAX = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * So many requests a minute for each name, with a burst of as many: a bucket that fills steadily.
 * Each process counts for itself.
 */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes one; gives the seconds to wait when there is none left, else 0. */
  take(name: string): number {
    const bucket = this.filled(name);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - bucket.tokens) * 60) / this.perMinute));
  }

  /** Seconds to wait until one could be taken; takes none. */
  wait(name: string): number {
    const { tokens } = this.filled(name);
    return tokens >= 1 ? 0 : Math.max(1, Math.ceil(((1 - tokens) * 60) / this.perMinute));
  }

  private filled(name: string): Bucket {
    const at = this.now();
    const known = this.buckets.get(name) ?? { tokens: this.perMinute, at };
    const more = ((at - known.at) * this.perMinute) / 60_000;
    const bucket = { tokens: Math.min(this.perMinute, known.tokens + more), at };
    this.buckets.delete(name);
    this.buckets.set(name, bucket);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > REMEMBERED_MAX && oldest !== undefined) this.buckets.delete(oldest);
    return bucket;
  }
}
