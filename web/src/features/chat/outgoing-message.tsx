import classes from './chat.module.css';
import { UserMessage } from './user-message';

/** A message that is not accepted yet. */
export function OutgoingMessage({ message }: { message: string }) {
  return (
    <div className={classes.turn}>
      <UserMessage message={message} createdAt={null} />
      <div className={classes.waiting}>Sending…</div>
    </div>
  );
}
