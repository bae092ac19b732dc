const STEP_MS = 200;

/** Asks again and again until there is an answer, or null when the time is up. */
export async function poll<T>(timeoutMs: number, ask: () => Promise<T | null>): Promise<T | null> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null || Date.now() >= end) return answer;
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
