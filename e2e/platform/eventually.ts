const askEveryMs = 50;

/**
 * Asks until the answer fits, and answers it; another process has no event to await. When the time is over it throws
 * with the last answer.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  fits: (answer: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() > endMs) {
      throw new Error(`${what}: not within ${timeoutMs} ms. Last seen: ${JSON.stringify(answer)?.slice(0, 2_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}
