import { Text } from '@mantine/core';

import { ErrorNote } from '../../components/error-note';
import { Link } from '../../components/link';
import { wholeTime } from '../../lib/format';
import { conversationPath } from '../../lib/router';
import classes from './schedules.module.css';
import { useRuns } from './use-schedules';

const REASONS: Record<string, string> = {
  previous_open: 'skipped: the one before was still open',
  user_disabled: 'skipped: the account is shut out',
  scope_missing: 'skipped: the account may not',
};

/** What came of a schedule, the newest first. */
export function Runs({ id }: { id: string }) {
  const { data, error, refetch } = useRuns(id);
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return null;
  if (data.items.length === 0) {
    return (
      <Text size="sm" c="dimmed" className={classes.runs}>
        It has not run yet.
      </Text>
    );
  }
  return (
    <ul className={classes.runs} aria-label="Runs">
      {data.items.map((run) => (
        <li key={run.run_id}>
          {wholeTime(run.due_at)}{' '}
          {run.session_id === null ? (
            <span>{REASONS[run.reason] ?? run.outcome}</span>
          ) : (
            <Link href={conversationPath(run.session_id)}>{run.turn_status ?? 'begun'}</Link>
          )}
        </li>
      ))}
    </ul>
  );
}
