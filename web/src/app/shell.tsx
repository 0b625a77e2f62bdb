import { ActionIcon, CloseButton, Drawer } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import type { User } from '../api/types';
import { ErrorBoundary } from '../components/error-boundary';
import { MenuIcon } from '../components/icons';
import { Link } from '../components/link';
import { AccountPage } from '../features/account/account-page';
import { ChatPage } from '../features/chat/chat-page';
import { ConversationList } from '../features/conversations/conversation-list';
import { PeoplePage } from '../features/people/people-page';
import { TeamsPage } from '../features/people/teams-page';
import { SchedulesPage } from '../features/schedules/schedules-page';
import { type Route, routeOf, usePathname } from '../lib/router';
import { MissingPage } from './missing-page';
import classes from './shell.module.css';
import { UserMenu } from './user-menu';

/** The console around its pages: conversations at the side, in a drawer on small screens. */
export function Shell({ user }: { user: User }) {
  const pathname = usePathname();
  const route = routeOf(pathname);
  // The drawer is open on the page where it was opened: whoever chose another wants to see that.
  const [openOn, setOpenOn] = useState<string | null>(null);
  const isOpen = openOn === pathname;

  const sideWith = (aside?: ReactNode) => (
    <nav className={classes.side} aria-label="Conversations">
      <ConversationList current={route.page === 'chat' ? route.sessionId : null} aside={aside} />
      <UserMenu user={user} />
    </nav>
  );
  return (
    <div className={classes.shell}>
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <div className={classes.wide}>{sideWith()}</div>
      <div className={classes.right}>
        <header className={classes.bar}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="Conversations"
            aria-expanded={isOpen}
            onClick={() => setOpenOn(pathname)}
          >
            <MenuIcon />
          </ActionIcon>
          <Link href="/" className={classes.name}>
            Sophia
          </Link>
        </header>
        <main id="main" tabIndex={-1} className={classes.main}>
          <ErrorBoundary subject={pathname}>
            <Page route={route} user={user} />
          </ErrorBoundary>
        </main>
      </div>
      <Drawer
        opened={isOpen}
        onClose={() => setOpenOn(null)}
        size="18rem"
        withCloseButton={false}
        aria-label="Conversations"
        classNames={{ body: classes.drawer ?? '' }}
      >
        {sideWith(<CloseButton aria-label="Close" onClick={() => setOpenOn(null)} />)}
      </Drawer>
    </div>
  );
}

function Page({ route, user }: { route: Route; user: User }) {
  switch (route.page) {
    case 'chat':
      return <ChatPage sessionId={route.sessionId} canWrite={user.scopes.includes('chat:write')} />;
    case 'account':
      return <AccountPage user={user} />;
    case 'schedules':
      return <SchedulesPage canWrite={user.scopes.includes('chat:write')} />;
    case 'people':
      return user.scopes.includes('users:read') ? (
        <PeoplePage user={user} />
      ) : (
        <TeamsPage user={user} />
      );
    default:
      return <MissingPage />;
  }
}
