import { Button, Group, Modal, Stack, Text } from '@mantine/core';

import type { Conversation } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { useDelete } from './use-conversations';

interface DeleteDialogProps {
  conversation: Conversation;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ conversation, onClose, onDeleted }: DeleteDialogProps) {
  const remove = useDelete();
  return (
    <Modal opened onClose={onClose} title="Delete conversation" centered>
      <Stack>
        <Text size="sm">
          “{conversation.title}” and everything in it will be gone for good. What Sophia remembered
          from it stays in her memory.
        </Text>
        {remove.error !== null && <ErrorNote error={remove.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" data-autofocus onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate(conversation.session_id, { onSuccess: onDeleted })}
          >
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
