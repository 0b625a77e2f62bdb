const KEY = 'sophia-awaited';

/** Remember the page that somebody came for, while they sign in elsewhere. */
export function rememberPage(): void {
  const { pathname, search } = location;
  if (pathname === '/oauth/authorize') sessionStorage.setItem(KEY, pathname + search);
}

/** The page that this tab came for, once. */
export function takePage(): string | null {
  const path = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return path;
}
