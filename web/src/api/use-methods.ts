import { useQuery } from '@tanstack/react-query';

import { keys } from './keys';
import type { Methods } from './types';

/** How one may sign in, and in words what went wrong at the provider just now. */
export function useMethods() {
  const problem = new URLSearchParams(location.search).get('problem');
  return useQuery({
    queryKey: keys.methods(problem),
    queryFn: async (): Promise<Methods | null> => {
      const query = problem === null ? '' : `?${new URLSearchParams({ problem }).toString()}`;
      const response = await fetch(`/api/v1/auth/methods${query}`);
      // Without an answer one can still sign in by password.
      return response.ok ? ((await response.json()) as Methods) : null;
    },
  });
}
