import { NativeSelect } from '@mantine/core';
import { useState } from 'react';

import type { ApiKey } from '../../api/types';
import { DialogForm } from '../../components/dialog-form';
import { ShownOnce } from '../../components/shown-once';
import { wholeTime } from '../../lib/format';
import { isOver } from './api-key-facts';
import { useApiKeys, useRotateKey } from './use-api-keys';

const OVERLAPS = [
  { value: '0', label: 'Not at all' },
  { value: '1', label: 'For another hour' },
  { value: '24', label: 'For another day' },
  { value: '168', label: 'For another week' },
];

interface RotateDialogProps {
  old: ApiKey;
  onClose: () => void;
}

/** Puts another key in a key's place, and shows it this once. */
export function RotateDialog({ old, onClose }: RotateDialogProps) {
  const [hours, setHours] = useState('24');
  const rotate = useRotateKey();
  const oldNow = useApiKeys().data?.items.find((key) => key.key_id === old.key_id);

  if (rotate.data !== undefined) {
    return (
      <ShownOnce
        title="Your replacement key"
        hint={`Copy it now: it is not shown again. ${untilWhen(oldNow)}`}
        secret={rotate.data.key}
        copy="Copy key"
        onClose={onClose}
      />
    );
  }
  return (
    <DialogForm
      title={`Rotate ${old.name}`}
      action="Rotate"
      saving={rotate}
      onSave={() => rotate.mutate({ keyId: old.key_id, hours: Number(hours) })}
      onClose={onClose}
    >
      <NativeSelect
        label="The old key still works"
        description="Another key with the same name and scopes takes its place."
        data-autofocus
        data={OVERLAPS}
        value={hours}
        onChange={(event) => setHours(event.currentTarget.value)}
      />
    </DialogForm>
  );
}

function untilWhen(old: ApiKey | undefined): string {
  if (old === undefined || old.expires_at === null || isOver(old)) {
    return 'The old one works no more.';
  }
  return `The old one works until ${wholeTime(old.expires_at)}.`;
}
