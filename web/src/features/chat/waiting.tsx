import classes from './chat.module.css';
import type { TurnView } from './fold';

/** What the reader waits for, as long as nothing else shows it. */
export function Waiting({ view, isLost }: { view: TurnView; isLost: boolean }) {
  const last = view.steps.at(-1);
  const isVisiblyBusy =
    last !== undefined && (last.text !== '' || last.calls.some((call) => call.outcome === null));
  if (!isLost && isVisiblyBusy) return null;
  return (
    <div className={classes.waiting}>
      <span className={classes.dots} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {isLost ? 'The connection broke; taking the answer up again…' : 'Thinking…'}
    </div>
  );
}
