import { type InfiniteData, useInfiniteQuery, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import { ApiError } from '../../api/problem';
import type { Turn, TurnPage } from '../../api/types';

const PAGE = 20;

type Turns = InfiniteData<TurnPage>;

/** A conversation's turns, oldest first, older ones on demand. */
export function useTurns(sessionId: string | null) {
  const query = useInfiniteQuery({
    queryKey: keys.turns(sessionId ?? ''),
    enabled: sessionId !== null,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET('/api/v1/conversations/{session_id}/turns', {
          params: {
            path: { session_id: sessionId ?? '' },
            query: { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor,
  });
  const turns = useMemo(() => flat(query.data), [query.data]);
  return { ...query, turns };
}

/** Pages read at different times may overlap: each turn once. */
function flat(data: Turns | undefined): Turn[] {
  const seen = new Map<string, Turn>();
  for (const turn of data?.pages.flatMap((page) => page.items) ?? []) {
    if (!seen.has(turn.turn_id)) seen.set(turn.turn_id, turn);
  }
  return [...seen.values()].reverse();
}

export function isActive(turn: Turn): boolean {
  return turn.ended_at === null && !['done', 'failed', 'stopped'].includes(turn.status);
}

/** Show a turn that was just begun without asking for it. */
export function addTurn(client: QueryClient, turn: Turn): void {
  client.setQueryData<Turns>(keys.turns(turn.session_id), (data) => {
    const [first, ...older] = data?.pages ?? [];
    const items = (first?.items ?? []).filter((known) => known.turn_id !== turn.turn_id);
    const page: TurnPage = { items: [turn, ...items], next_cursor: first?.next_cursor ?? null };
    return { pages: [page, ...older], pageParams: data?.pageParams ?? [null] };
  });
}

/** Read a turn that has ended, and no other: long conversations stay cheap. */
export async function rebegunTurn(
  client: QueryClient,
  { turnId, sessionId }: { turnId: string; sessionId: string },
): Promise<void> {
  try {
    const params = { path: { turn_id: turnId } };
    replaceTurn(client, await answerOf(api.GET('/api/v1/turns/{turn_id}', { params })));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await client.invalidateQueries({ queryKey: keys.turns(sessionId) });
  }
}

function replaceTurn(client: QueryClient, turn: Turn): void {
  client.setQueryData<Turns>(
    keys.turns(turn.session_id),
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.map((known) => (known.turn_id === turn.turn_id ? turn : known)),
        })),
      },
  );
}
