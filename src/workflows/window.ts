/**
 * Works on the items that `take` hands out, at most `width` at a time, until it hands out none.
 * The first error ends the whole after the work in flight has come to its end, so that nothing is
 * left running behind the caller's back.
 */
export async function inWindow<T>(
  width: number,
  take: () => T | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let failed = false;
  const lane = async (): Promise<void> => {
    for (let item = take(); item !== undefined && !failed; item = take()) {
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  for (const result of lanes) if (result.status === 'rejected') throw result.reason;
}
