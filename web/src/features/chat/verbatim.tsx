import classes from './verbatim.module.css';

/** Text to the letter, which scrolls by keyboard too. */
export function Verbatim({ label, text }: { label: string; text: string }) {
  return (
    <pre className={classes.verbatim} tabIndex={0} aria-label={label}>
      {text}
    </pre>
  );
}
