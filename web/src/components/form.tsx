import type { ReactNode } from 'react';

import classes from './form.module.css';

/** Fields one below the other; Enter in any of them sends it. */
export function Form({ onSend, children }: { onSend: () => void; children: ReactNode }) {
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      {children}
    </form>
  );
}
