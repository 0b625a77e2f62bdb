import { Button, Title } from '@mantine/core';
import { useState } from 'react';

import type { User } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { PlusIcon } from '../../components/icons';
import { PageTitle } from '../../components/page-title';
import { Invitations } from './invitations';
import { InviteDialog } from './invite-dialog';
import classes from './people.module.css';
import { PersonRow } from './person-row';
import { usePeople } from './use-people';

/** Who works here, for whoever may see and change that. */
export function PeoplePage({ user }: { user: User }) {
  const { data, error, refetch } = usePeople();
  const [isInviting, setIsInviting] = useState(false);
  return (
    <div className={classes.page}>
      <PageTitle name="People" />
      <div className={classes.column}>
        <div className={classes.head}>
          <Title order={1} size="h3">
            People
          </Title>
          <Button leftSection={<PlusIcon size={16} />} onClick={() => setIsInviting(true)}>
            Invite
          </Button>
        </div>
        {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
        {data !== undefined && (
          <ul className={classes.rows} aria-label="People">
            {data.items.map((person) => (
              <PersonRow key={person.user_id} person={person} viewer={user} />
            ))}
          </ul>
        )}
        <Invitations />
        {isInviting && <InviteDialog viewer={user} onClose={() => setIsInviting(false)} />}
      </div>
    </div>
  );
}
