import type { PutFault } from './faults';

/** A fault that holds back matching writes until it is opened. */
export interface Gate {
  readonly fault: PutFault;
  /** Resolves when so many writes have come to the gate. */
  reached(count?: number): Promise<void>;
  open(): void;
}

export function gateOn(keys: RegExp): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let count = 0;
  const waiting: { count: number; resolve: () => void }[] = [];
  const tell = (): void => {
    for (const one of waiting) if (count >= one.count) one.resolve();
  };
  return {
    open: () => open(),
    reached: (wanted = 1) =>
      new Promise((resolve) => {
        waiting.push({ count: wanted, resolve });
        tell();
      }),
    fault: async (key) => {
      if (!keys.test(key)) return;
      count += 1;
      tell();
      await opened;
    },
  };
}
