import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { Conversation } from '../../api/types';

const PAGE = 30;
const NAMED_MS = 4_000;
const SOON_MS = 60_000;
/** A schedule or another window may have begun a conversation. A hidden page does not ask. */
const REFRESH_MS = 30_000;

/** One's conversations, the last used first, more of them on demand. */
export function useConversations() {
  const query = useInfiniteQuery({
    queryKey: keys.conversations,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET('/api/v1/conversations', {
          params: { query: { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages ?? [];
      // Each page is one request.
      return isToBeNamed(pages[0]?.items[0]) ? NAMED_MS : REFRESH_MS * Math.max(1, pages.length);
    },
  });
  const conversations = useMemo(
    () => distinct(query.data?.pages.flatMap((page) => page.items) ?? []),
    [query.data],
  );
  return { ...query, conversations };
}

/** Whether the model is about to give the last used conversation its title. */
function isToBeNamed(last: Conversation | undefined): boolean {
  if (!last?.is_title_provisional) return false;
  return Date.now() - Date.parse(last.created_at) < SOON_MS;
}

/** A conversation that was used between two pages stands in both. */
function distinct(found: readonly Conversation[]): Conversation[] {
  return [...new Map(found.map((one) => [one.session_id, one])).values()];
}

export function useRename() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ sessionId, title }: { sessionId: string; title: string }) =>
      answerOf(
        api.PATCH('/api/v1/conversations/{session_id}', {
          params: { path: { session_id: sessionId } },
          body: { title },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.conversations }),
  });
}

export function useDelete() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) =>
      answerOf(
        api.DELETE('/api/v1/conversations/{session_id}', {
          params: { path: { session_id: sessionId } },
        }),
      ),
    onSuccess: (_, sessionId) => {
      client.removeQueries({ queryKey: keys.turns(sessionId) });
      return client.invalidateQueries({ queryKey: keys.conversations });
    },
  });
}
