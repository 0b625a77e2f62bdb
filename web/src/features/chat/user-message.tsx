import { memo } from 'react';

import { shortTime, wholeTime } from '../../lib/format';
import classes from './chat.module.css';

interface UserMessageProps {
  message: string;
  /** None while the message is on its way. */
  createdAt: string | null;
}

export const UserMessage = memo(function UserMessage({ message, createdAt }: UserMessageProps) {
  return (
    <article className={classes.user} aria-label="You">
      <div className={classes.bubble}>{message}</div>
      {createdAt !== null && (
        <time className={classes.time} dateTime={createdAt} title={wholeTime(createdAt)}>
          {shortTime(createdAt)}
        </time>
      )}
    </article>
  );
});
