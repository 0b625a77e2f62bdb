import { Button, Loader, Text } from '@mantine/core';

import type { Hit } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { Link } from '../../components/link';
import { shortTime, wholeTime } from '../../lib/format';
import { turnPath } from '../../lib/router';
import classes from './conversations.module.css';
import { useSearch } from './use-search';

/** What was found, each opening its conversation where it was said. */
export function SearchResults({ query }: { query: string }) {
  const { hits, ...found } = useSearch(query);
  return (
    <div className={classes.list} role="region" aria-label="Search results">
      {found.isPending && <Loader size="sm" className={classes.loader} />}
      {found.error !== null && (
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.isSuccess && hits.length === 0 && (
        <Text size="sm" c="dimmed" p="xs">
          Nothing was said that matches.
        </Text>
      )}
      <ul className={classes.rows}>
        {hits.map((hit) => (
          <li key={hit.turn_id}>
            <HitLink hit={hit} />
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <div className={classes.more}>
          <Button
            size="compact-sm"
            variant="subtle"
            loading={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            Earlier ones
          </Button>
        </div>
      )}
    </div>
  );
}

function HitLink({ hit }: { hit: Hit }) {
  return (
    <Link href={turnPath(hit.session_id, hit.turn_id)} className={classes.hit}>
      <span className={classes.hitHead}>
        <span>{hit.title}</span>
        <time dateTime={hit.said_at} title={wholeTime(hit.said_at)}>
          {shortTime(hit.said_at)}
        </time>
      </span>
      <span className={classes.snippet}>
        {hit.part === 'response' && 'Sophia: '}
        {hit.snippet.map((piece, index) =>
          piece.is_match ? <mark key={index}>{piece.text}</mark> : piece.text,
        )}
      </span>
    </Link>
  );
}
