import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Conversation } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { useRename } from './use-conversations';

const MAX_CHARS = 200;

interface RenameDialogProps {
  conversation: Conversation;
  onClose: () => void;
}

export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const [title, setTitle] = useState(conversation.title);
  const rename = useRename();
  return (
    <Modal opened onClose={onClose} title="Rename conversation" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate(
            { sessionId: conversation.session_id, title: title.trim() },
            { onSuccess: onClose },
          );
        }}
      >
        <Stack>
          <TextInput
            label="Title"
            data-autofocus
            maxLength={MAX_CHARS}
            value={title}
            onFocus={(event) => event.currentTarget.select()}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          {rename.error !== null && <ErrorNote error={rename.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={rename.isPending} disabled={title.trim() === ''}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
