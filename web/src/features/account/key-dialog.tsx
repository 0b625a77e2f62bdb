import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';

import { DialogForm } from '../../components/dialog-form';
import { ShownOnce } from '../../components/shown-once';
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

  if (make.data !== undefined) {
    return (
      <ShownOnce
        title="Your API key"
        hint="Copy it now: it is not shown again."
        secret={make.data.key}
        copy="Copy key"
        onClose={onClose}
      />
    );
  }
  return (
    <DialogForm
      title="Make an API key"
      action="Make"
      saving={make}
      canSave={name.trim() !== ''}
      onSave={() => make.mutate({ name, days: days === '' ? null : Number(days) })}
      onClose={onClose}
    >
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
    </DialogForm>
  );
}
