import { TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Conversation } from '../../api/types';
import { DialogForm } from '../../components/dialog-form';
import { useRename } from './use-conversations';

const MAX_CHARS = 200;

interface RenameDialogProps {
  conversation: Conversation;
  onClose: () => void;
}

export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const { session_id: sessionId } = conversation;
  const [title, setTitle] = useState(conversation.title);
  const rename = useRename();
  return (
    <DialogForm
      title="Rename conversation"
      action="Rename"
      saving={rename}
      canSave={title.trim() !== ''}
      onSave={() => rename.mutate({ sessionId, title: title.trim() }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <TextInput
        label="Title"
        data-autofocus
        maxLength={MAX_CHARS}
        value={title}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
