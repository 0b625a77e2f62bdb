import { Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

import classes from './section.module.css';

interface SectionProps {
  title: string;
  hint?: string;
  children: ReactNode;
}

/** A part of a page under a name of its own. */
export function Section({ title, hint, children }: SectionProps) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div>
        <Title order={2} size="h5" id={id}>
          {title}
        </Title>
        {hint !== undefined && (
          <Text size="sm" c="dimmed" mt={2}>
            {hint}
          </Text>
        )}
      </div>
      {children}
    </section>
  );
}
