import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { CopyButton } from '../../components/copy-button';
import { ErrorNote } from '../../components/error-note';
import classes from './account.module.css';
import { useMakeKey } from './use-api-keys';

const ENDS = [
  { value: '', label: 'When it is revoked' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
];

/** Makes an API key and shows it this once. */
export function KeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const make = useMakeKey();

  if (make.data !== undefined) return <MadeKey value={make.data.key} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Make an API key" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate({ name, days: days === '' ? null : Number(days) });
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            description="What will use it?"
            data-autofocus
            required
            withAsterisk={false}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NativeSelect
            label="It ends"
            data={ENDS}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
          />
          {make.error !== null && <ErrorNote error={make.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending} disabled={name.trim() === ''}>
              Make
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function MadeKey({ value, onClose }: { value: string; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      title="Your API key"
      centered
      // One click beside it must not lose what is shown only once.
      closeOnClickOutside={false}
    >
      <Stack>
        <Text size="sm">Copy it now: it is not shown again.</Text>
        <div className={classes.key}>
          <code>{value}</code>
          <CopyButton text={value} label="Copy key" />
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
