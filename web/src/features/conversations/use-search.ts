import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';

const WRITING_MS = 200;

/** Where something was said in one's conversations, the newest first. */
export function useSearch(written: string) {
  const [query] = useDebouncedValue(written, WRITING_MS);
  const found = useInfiniteQuery({
    queryKey: keys.search(query),
    initialPageParam: null as string | null,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET('/api/v1/conversations/search', {
          params: { query: { q: query, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor,
  });
  const hits = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  return { ...found, hits };
}
