/** Text that outlives a reload; a browser that keeps nothing only loses the comfort. */
export function readKept(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function keep(key: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // Storage is full or forbidden.
  }
}

/** Forget everything whose key begins so. */
export function forgetKept(prefix: string): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(prefix)) localStorage.removeItem(key);
    }
  } catch {
    // Nothing was kept.
  }
}

/** What the keys of unsent messages begin with. */
export const DRAFTS = 'sophia.draft.';
