import { Button, Text } from '@mantine/core';

import { ErrorNote } from '../../components/error-note';
import classes from './account.module.css';

interface SaveRowProps {
  label: string;
  saving: { isPending: boolean; isSuccess: boolean; error: Error | null };
  canSave: boolean;
}

/** The button of a form and what came of it. */
export function SaveRow({ label, saving, canSave }: SaveRowProps) {
  return (
    <>
      {saving.error !== null && <ErrorNote error={saving.error} />}
      <div className={classes.save}>
        <Button type="submit" loading={saving.isPending} disabled={!canSave}>
          {label}
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {saving.isSuccess && !canSave ? 'Saved.' : ''}
        </Text>
      </div>
    </>
  );
}
