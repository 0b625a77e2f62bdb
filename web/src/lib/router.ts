import { useSyncExternalStore } from 'react';

/** The pages of the console, as their addresses say. */
export type Route =
  | { page: 'chat'; sessionId: string | null }
  | { page: 'account' }
  | { page: 'people' }
  | { page: 'schedules' }
  | { page: 'join' }
  | { page: 'authorize' }
  | { page: 'connected' }
  | { page: 'sign-in' }
  | { page: 'missing' };

const watchers = new Set<() => void>();

export function routeOf(pathname: string): Route {
  const path = pathname.replace(/\/+$/, '');
  const conversation = /^\/c\/([0-9a-f-]{36})$/i.exec(path)?.[1];
  if (conversation !== undefined) return { page: 'chat', sessionId: conversation };
  switch (path) {
    case '':
      return { page: 'chat', sessionId: null };
    case '/account':
      return { page: 'account' };
    case '/schedules':
      return { page: 'schedules' };
    case '/people':
      return { page: 'people' };
    case '/oauth/authorize':
      return { page: 'authorize' };
    case '/connected':
      return { page: 'connected' };
    case '/join':
      return { page: 'join' };
    case '/sign-in':
      return { page: 'sign-in' };
    default:
      return { page: 'missing' };
  }
}

export function conversationPath(sessionId: string | null): string {
  return sessionId === null ? '/' : `/c/${sessionId}`;
}

/** The path that opens a conversation at one of its turns. */
export function turnPath(sessionId: string, turnId: string): string {
  return `${conversationPath(sessionId)}#${turnId}`;
}

export function navigate(path: string, { replace = false } = {}): void {
  if (path !== location.pathname) {
    if (replace) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
  }
  for (const watcher of watchers) watcher();
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  addEventListener('popstate', watcher);
  return () => {
    watchers.delete(watcher);
    removeEventListener('popstate', watcher);
  };
}

/** What stands behind the # of the address. */
export function useAnchor(): string {
  return useSyncExternalStore(subscribe, () => location.hash.slice(1));
}

export function usePathname(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}
