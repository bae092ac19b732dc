/**
 * Works on the items that `take` hands out, at most `width` at a time, until it hands out none.
 * The first error ends the whole after the work in flight has come to its end, so that nothing is
 * left running behind the caller's back. While `held` gives a promise no item is taken.
 */
export async function inWindow<T>(
  width: number,
  take: () => T | undefined,
  work: (item: T) => Promise<void>,
  held: () => Promise<void> | null = () => null,
): Promise<void> {
  let failed = false;
  const next = async (): Promise<T | undefined> => {
    for (let hold = held(); hold !== null; hold = held()) await hold;
    return failed ? undefined : take();
  };
  const lane = async (): Promise<void> => {
    try {
      for (let item = await next(); item !== undefined; item = await next()) await work(item);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  for (const result of lanes) if (result.status === 'rejected') throw result.reason;
}
