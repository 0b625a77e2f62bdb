import { Alert, Button, Group, Stack, Text } from '@mantine/core';

import { AlertIcon, RetryIcon } from '../../components/icons';
import { adviceFor } from './advice';
import classes from './chat.module.css';
import type { Ending } from './fold';

interface EndingNoteProps {
  ending: Ending;
  onAgain: (() => void) | null;
}

/** Why there is no whole answer, and what to do. */
export function EndingNote({ ending, onAgain }: EndingNoteProps) {
  if (ending.is === 'done') return null;
  if (ending.is === 'stopped') return <div className={classes.stopped}>Stopped.</div>;
  return (
    <Alert
      color="red"
      icon={<AlertIcon />}
      title="Sophia could not answer"
      className={classes.failure}
      p="sm"
    >
      <Stack gap={6}>
        <Text size="sm">{ending.message}</Text>
        <Text size="sm" c="dimmed">
          {adviceFor(ending.code)}
        </Text>
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed" ff="monospace">
            {ending.code}
          </Text>
          {onAgain !== null && (
            <Button
              size="compact-sm"
              variant="light"
              color="red"
              leftSection={<RetryIcon size={14} />}
              onClick={onAgain}
            >
              Ask again
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
