import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { InvitedRole, User } from '../../api/types';
import { DialogForm } from '../../components/dialog-form';
import { ShownOnce } from '../../components/shown-once';
import { rolesBelow } from './roles';
import { useInvite } from './use-people';

interface InviteDialogProps {
  viewer: User;
  onClose: () => void;
}

/** Makes an invitation and shows its link this once. */
export function InviteDialog({ viewer, onClose }: InviteDialogProps) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<InvitedRole>('member');
  const invite = useInvite();

  if (invite.data !== undefined) {
    return (
      <ShownOnce
        title="The invitation"
        hint="Pass this link on: it is good once, for a week, and not shown again."
        secret={invite.data.link}
        copy="Copy link"
        onClose={onClose}
      />
    );
  }
  return (
    <DialogForm
      title="Invite somebody"
      action="Make a link"
      saving={invite}
      onSave={() => invite.mutate({ role, email: email.trim() })}
      onClose={onClose}
    >
      <TextInput
        label="E-mail"
        description="The address of their account. Sophia sends nothing: you pass the link on."
        type="email"
        data-autofocus
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <NativeSelect
        label="Role"
        data={rolesBelow(viewer.role)}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value as InvitedRole)}
      />
    </DialogForm>
  );
}
