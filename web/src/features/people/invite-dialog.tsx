import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { InvitedRole, User } from '../../api/types';
import { CopyButton } from '../../components/copy-button';
import { ErrorNote } from '../../components/error-note';
import classes from './people.module.css';
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

  if (invite.data !== undefined) return <MadeLink link={invite.data.link} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Invite somebody" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate({ role, email: email.trim() });
        }}
      >
        <Stack>
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
          {invite.error !== null && <ErrorNote error={invite.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Make a link
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function MadeLink({ link, onClose }: { link: string; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      title="The invitation"
      centered
      // One click beside it must not lose what is shown only once.
      closeOnClickOutside={false}
    >
      <Stack>
        <Text size="sm">Pass this link on: it is good once, for a week, and not shown again.</Text>
        <div className={classes.link}>
          <code>{link}</code>
          <CopyButton text={link} label="Copy link" />
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
