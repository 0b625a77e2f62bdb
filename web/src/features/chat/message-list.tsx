import { Button } from '@mantine/core';

import type { Turn } from '../../api/types';
import { useWhenSeen } from '../../lib/use-when-seen';
import classes from './chat.module.css';
import sought from './sought.module.css';
import { SophiaMessage } from './sophia-message';
import type { Place } from './tree';
import { UserMessage } from './user-message';
import { VersionSwitch } from './version-switch';

interface MessageListProps {
  line: readonly Place[];
  /** The turn that was looked for. */
  soughtId: string | null;
  /** The turn to follow: the newest one that runs. */
  followedId: string | null;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  onOlder: () => void;
  /** Null while nothing can be said. */
  onSay: ((message: string) => Promise<void>) | null;
  onSayAgain: ((turn: Turn, message: string) => Promise<void>) | null;
  onVersion: (turnId: string) => void;
  onAnswer: (answer: string) => void;
}

export function MessageList(props: MessageListProps) {
  const { line, followedId, hasOlder, isLoadingOlder, onOlder, onSay, onAnswer } = props;
  const { onSayAgain, onVersion, soughtId } = props;
  const olderRef = useWhenSeen(onOlder, hasOlder && !isLoadingOlder);
  const last = line.at(-1)?.turn;
  return (
    <>
      {hasOlder && (
        <div ref={olderRef} className={classes.older}>
          <Button size="compact-sm" variant="subtle" loading={isLoadingOlder} onClick={onOlder}>
            Earlier messages
          </Button>
        </div>
      )}
      {line.map(({ turn, versions }) => (
        <div
          key={turn.turn_id}
          id={turn.turn_id}
          className={`${classes.turn} ${sought.place}`}
          data-sought={turn.turn_id === soughtId || undefined}
        >
          <UserMessage
            message={turn.message}
            files={turn.attachments}
            createdAt={turn.created_at}
            onChange={onSayAgain && ((message) => void onSayAgain(turn, message))}
            versionSwitch={
              <VersionSwitch versions={versions} shownId={turn.turn_id} onShow={onVersion} />
            }
          />
          <SophiaMessage
            turn={turn}
            isFollowed={turn.turn_id === followedId}
            onSay={turn === last ? onSay : null}
            onAgain={onSayAgain}
            onAnswer={turn === last ? onAnswer : null}
          />
        </div>
      ))}
    </>
  );
}
