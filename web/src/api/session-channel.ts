import type { News, Session } from './session';

/** Tell the other tabs who comes and goes here, and hear it from them. */
export function joinTabs(session: Session, channel: BroadcastChannel): void {
  session.onNews = (news: News) => channel.postMessage(news);
  channel.addEventListener('message', (event: MessageEvent<News>) => {
    if (event.data === 'signed-out') session.leave('You signed out in another tab.');
    // The cookie is of whoever signed in last, in this tab too.
    else void session.renew();
  });
}
