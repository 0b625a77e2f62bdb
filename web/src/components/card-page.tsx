import { Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './card-page.module.css';
import { Mark } from './icons';
import { PageTitle } from './page-title';

interface CardPageProps {
  name: string;
  title: string;
  children: ReactNode;
}

/** A page that stands alone, before or beside the console: one card under Sophia's mark. */
export function CardPage({ name, title, children }: CardPageProps) {
  return (
    <main className={classes.page}>
      <PageTitle name={name} />
      <div className={classes.card}>
        <Stack gap={4} align="center">
          <Mark size={44} />
          <Title order={1} size="h3" mt="xs" ta="center">
            {title}
          </Title>
        </Stack>
        {children}
      </div>
    </main>
  );
}

/** What is said at the foot of the card. */
export function CardFoot({ children }: { children: ReactNode }) {
  return <p className={classes.foot}>{children}</p>;
}
