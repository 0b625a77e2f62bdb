import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { ErrorNote } from './error-note';
import classes from './rows.module.css';

/** A list of things, one below the other. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className={classes.rows} aria-label={label}>
      {children}
    </ul>
  );
}

interface RowProps {
  name: ReactNode;
  /** What else there is to know, in small. */
  facts: ReactNode;
  /** What went wrong with this one. */
  error?: Error | null;
  /** What can be done with it, and what that shows. */
  children?: ReactNode;
}

export function Row({ name, facts, error = null, children }: RowProps) {
  return (
    <li>
      <div className={classes.what}>
        {name}
        <Text size="xs" c="dimmed">
          {facts}
        </Text>
        {error !== null && <ErrorNote error={error} />}
      </div>
      {children}
    </li>
  );
}
