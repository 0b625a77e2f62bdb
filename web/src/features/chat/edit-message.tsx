import { Button, Textarea } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';

import classes from './versions.module.css';

interface EditMessageProps {
  message: string;
  onSend: (message: string) => void;
  onCancel: () => void;
}

/** A message being changed; Escape leaves it as it was. */
export function EditMessage({ message, onSend, onCancel }: EditMessageProps) {
  const [text, setText] = useState(message);
  const canSend = text.trim() !== '' && text !== message;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') onCancel();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && canSend) onSend(text);
  };
  return (
    <div className={classes.edit}>
      <Textarea
        aria-label="Change the message"
        autosize
        minRows={1}
        maxRows={12}
        value={text}
        autoFocus
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div className={classes.buttons}>
        <Button size="compact-sm" variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button size="compact-sm" disabled={!canSend} onClick={() => onSend(text)}>
          Send
        </Button>
      </div>
    </div>
  );
}
