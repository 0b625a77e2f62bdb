import { Button } from '@mantine/core';

import type { Turn } from '../../api/types';
import { useWhenSeen } from '../../lib/use-when-seen';
import classes from './chat.module.css';
import { SophiaMessage } from './sophia-message';
import { UserMessage } from './user-message';

interface MessageListProps {
  turns: readonly Turn[];
  /** The turn to follow: the newest one that runs. */
  followedId: string | null;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  onOlder: () => void;
  /** Null while nothing can be said. */
  onSay: ((message: string) => Promise<void>) | null;
  onAnswer: (answer: string) => void;
}

export function MessageList(props: MessageListProps) {
  const { turns, followedId, hasOlder, isLoadingOlder, onOlder, onSay, onAnswer } = props;
  const olderRef = useWhenSeen(onOlder, hasOlder && !isLoadingOlder);
  const last = turns.at(-1);
  return (
    <>
      {hasOlder && (
        <div ref={olderRef} className={classes.older}>
          <Button size="compact-sm" variant="subtle" loading={isLoadingOlder} onClick={onOlder}>
            Earlier messages
          </Button>
        </div>
      )}
      {turns.map((turn) => (
        <div key={turn.turn_id} className={classes.turn}>
          <UserMessage message={turn.message} createdAt={turn.created_at} />
          <SophiaMessage
            turn={turn}
            isFollowed={turn.turn_id === followedId}
            onSay={turn === last ? onSay : null}
            onAnswer={turn === last ? onAnswer : null}
          />
        </div>
      ))}
    </>
  );
}
