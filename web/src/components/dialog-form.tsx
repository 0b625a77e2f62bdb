import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';

import { ErrorNote } from './error-note';

interface DialogFormProps {
  title: string;
  /** What its button says. */
  action: string;
  saving: { isPending: boolean; error: Error | null };
  canSave?: boolean;
  onSave: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A form in a dialog: its fields, what went wrong, the way back and the way on. */
export function DialogForm(props: DialogFormProps) {
  const { title, action, saving, canSave = true, onSave, onClose, children } = props;
  return (
    <Modal opened onClose={onClose} title={title} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSave();
        }}
      >
        <Stack>
          {children}
          {saving.error !== null && <ErrorNote error={saving.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={saving.isPending} disabled={!canSave}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
