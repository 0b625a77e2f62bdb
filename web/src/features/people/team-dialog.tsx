import { TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Team } from '../../api/types';
import { DialogForm } from '../../components/dialog-form';
import { useSaveTeam } from './use-teams';

interface TeamDialogProps {
  /** Null: one that is to be made. */
  team: Team | null;
  onClose: () => void;
}

/** Names a team. */
export function TeamDialog({ team, onClose }: TeamDialogProps) {
  const [name, setName] = useState(team?.name ?? '');
  const save = useSaveTeam();
  return (
    <DialogForm
      title={team === null ? 'Make a team' : `Rename ${team.name}`}
      action={team === null ? 'Make' : 'Rename'}
      saving={save}
      canSave={name.trim() !== ''}
      onSave={() => save.mutate({ teamId: team?.team_id ?? null, name }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        data-autofocus
        required
        withAsterisk={false}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
