import { Title } from '@mantine/core';
import type { ReactNode } from 'react';

import { PageTitle } from './page-title';
import classes from './page.module.css';

interface PageProps {
  name: string;
  /** What can be done on the page as a whole. */
  action?: ReactNode;
  children: ReactNode;
}

/** A page of one column under its name. */
export function Page({ name, action, children }: PageProps) {
  return (
    <div className={classes.page}>
      <PageTitle name={name} />
      <div className={classes.column}>
        <div className={classes.head}>
          <Title order={1} size="h3">
            {name}
          </Title>
          {action}
        </div>
        {children}
      </div>
    </div>
  );
}
