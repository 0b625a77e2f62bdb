import { Button, Center, Loader, MantineProvider, Stack, Text } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

import { session } from '../api/session';
import { ErrorBoundary } from '../components/error-boundary';
import { Mark } from '../components/icons';
import { AuthorizePage } from '../features/connect/authorize-page';
import { ConnectedPage } from '../features/connect/connected-page';
import { JoinPage } from '../features/sign-in/join-page';
import { SignInPage } from '../features/sign-in/sign-in-page';
import { routeOf, usePathname } from '../lib/router';
import { queryClient } from './query-client';
import { Shell } from './shell';
import { theme } from './theme';

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <ErrorBoundary>
          <Gate />
        </ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** The console for whoever is signed in, the way in for everybody else. */
function Gate() {
  const { page } = routeOf(usePathname());
  const state = useSyncExternalStore(session.state.subscribe, session.state.get);
  if (page === 'join') return <JoinPage />;
  switch (state.is) {
    case 'starting':
      return (
        <Center h="100%">
          <Loader size="sm" aria-label="Loading" />
        </Center>
      );
    case 'unreachable':
      return (
        <Center h="100%" p="md">
          <Stack align="center" maw="26rem" role="alert">
            <Mark size={44} />
            <Text ta="center">{state.detail}</Text>
            <Button onClick={() => void session.retry()}>Try again</Button>
          </Stack>
        </Center>
      );
    case 'signed-out':
      return <SignInPage notice={state.notice} />;
    case 'signed-in':
      if (page === 'authorize') return <AuthorizePage key={state.user.user_id} user={state.user} />;
      if (page === 'connected') return <ConnectedPage key={state.user.user_id} user={state.user} />;
      // Somebody else gets a console of their own: nothing of the one before stays in it.
      return <Shell key={state.user.user_id} user={state.user} />;
  }
}
