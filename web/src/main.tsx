import './app/styles';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { session } from './api/session';
import { joinTabs } from './api/session-channel';
import { App } from './app/app';
import { takePage } from './lib/awaited';
import { navigate, routeOf } from './lib/router';

/** Sign in by the link that the page was opened with; its token leaves the address at once. */
function enter(): Promise<void> {
  const { page } = routeOf(location.pathname);
  // Whoever joins is nobody yet.
  if (page === 'join') return Promise.resolve();
  const token = page === 'sign-in' ? location.hash.slice(1) : '';
  if (token !== '') history.replaceState(null, '', location.pathname);
  return session.start(token === '' ? null : token);
}

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

joinTabs(session, new BroadcastChannel('sophia-session'));
// Another link pasted over this page changes the hash alone and loads nothing.
addEventListener('hashchange', () => void enter());
let wasOut = false;
session.state.subscribe(() => {
  wasOut ||= session.state.get().is === 'signed-out';
  const { page } = routeOf(location.pathname);
  // Whoever comes back from a provider stands at the beginning, wherever they were going.
  if (session.user === null || (page !== 'sign-in' && location.pathname !== '/')) return;
  if (!wasOut && page === 'sign-in' && new URLSearchParams(location.search).has('problem')) {
    // Whoever was inside all along comes back from linking an account, and it failed.
    navigate(`/account${location.search}`, { replace: true });
    return;
  }
  const awaited = takePage();
  if (awaited !== null || page === 'sign-in') navigate(awaited ?? '/', { replace: true });
});
void enter();

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
