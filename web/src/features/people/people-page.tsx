import { Button } from '@mantine/core';
import { useState } from 'react';

import type { User } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { PlusIcon } from '../../components/icons';
import { Page } from '../../components/page';
import { Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { Invitations } from './invitations';
import { InviteDialog } from './invite-dialog';
import { PersonRow } from './person-row';
import { Teams } from './teams';
import { usePeople } from './use-people';

/** Who works here, for whoever may see and change that. */
export function PeoplePage({ user }: { user: User }) {
  const { data, error, refetch } = usePeople();
  const [isInviting, setIsInviting] = useState(false);
  return (
    <Page
      name="People"
      action={
        <Button leftSection={<PlusIcon size={16} />} onClick={() => setIsInviting(true)}>
          Invite
        </Button>
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data !== undefined && (
        <Rows label="People">
          {data.items.map((person) => (
            <PersonRow key={person.user_id} person={person} viewer={user} />
          ))}
        </Rows>
      )}
      <Invitations />
      <Section title="Teams" hint="Maintainers of a team change who is in it.">
        <Teams viewer={user} people={data?.items ?? []} />
      </Section>
      {isInviting && <InviteDialog viewer={user} onClose={() => setIsInviting(false)} />}
    </Page>
  );
}
