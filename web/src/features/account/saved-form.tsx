import { Button, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { ErrorNote } from '../../components/error-note';
import { Form } from '../../components/form';
import classes from './account.module.css';

interface SavedFormProps {
  label: string;
  saving: { isPending: boolean; isSuccess: boolean; error: Error | null; mutate: () => void };
  canSave: boolean;
  children: ReactNode;
}

/** A form of the page, its button and what came of it. */
export function SavedForm({ label, saving, canSave, children }: SavedFormProps) {
  return (
    <div className={classes.form}>
      <Form onSend={saving.mutate}>
        {children}
        {saving.error !== null && <ErrorNote error={saving.error} />}
        <div className={classes.save}>
          <Button type="submit" loading={saving.isPending} disabled={!canSave}>
            {label}
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {saving.isSuccess && !canSave ? 'Saved.' : ''}
          </Text>
        </div>
      </Form>
    </div>
  );
}
