/** Wait so many milliseconds, or until the signal ends the wait or the network comes back. */
export function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      globalThis.removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal.addEventListener('abort', end);
    globalThis.addEventListener('online', end);
    if (signal.aborted) end();
  });
}

/** How long to wait before the nth try in a row: doubling, at most ten seconds, spread out. */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  return Math.min(10_000, 500 * 2 ** Math.max(0, failures - 1)) * (0.75 + 0.5 * random());
}
