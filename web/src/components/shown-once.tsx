import { Button, Group, Modal, Stack, Text } from '@mantine/core';

import { CopyButton } from './copy-button';
import classes from './shown-once.module.css';

interface ShownOnceProps {
  title: string;
  hint: string;
  secret: string;
  /** What the button that copies it is called. */
  copy: string;
  onClose: () => void;
}

/** A secret that nobody can look up again. */
export function ShownOnce({ title, hint, secret, copy, onClose }: ShownOnceProps) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      centered
      // One click beside it must not lose what is shown only once.
      closeOnClickOutside={false}
    >
      <Stack>
        <Text size="sm">{hint}</Text>
        <div className={classes.secret}>
          <code>{secret}</code>
          <CopyButton text={secret} label={copy} />
        </div>
        <Group justify="flex-end">
          <Button data-autofocus onClick={onClose}>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
