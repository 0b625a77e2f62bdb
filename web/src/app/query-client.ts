import { QueryClient } from '@tanstack/react-query';

import { ApiError } from '../api/problem';
import { session } from '../api/session';
import { liveTurns } from '../features/chat/live-turns';

const MAX_RETRIES = 3;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        error instanceof ApiError && error.isPassing && failures < MAX_RETRIES,
    },
  },
});

let knownUserId: string | null = null;

// What was read belongs to whoever read it.
session.state.subscribe(() => {
  const userId = session.user?.user_id ?? null;
  if (userId === knownUserId) return;
  knownUserId = userId;
  queryClient.clear();
  liveTurns.clear();
});
