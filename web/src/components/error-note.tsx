import { Alert, Button, Group, Text } from '@mantine/core';

import { detailOf } from '../api/problem';
import { AlertIcon } from './icons';

interface ErrorNoteProps {
  error: unknown;
  onRetry?: () => void;
}

/** What went wrong, in the words of the API, and the way on. */
export function ErrorNote({ error, onRetry }: ErrorNoteProps) {
  return (
    <Alert color="red" icon={<AlertIcon />} role="alert" p="sm">
      <Group justify="space-between" gap="xs">
        <Text size="sm">{detailOf(error)}</Text>
        {onRetry !== undefined && (
          <Button size="compact-sm" variant="light" color="red" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
