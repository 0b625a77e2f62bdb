import { Button, Text, Title } from '@mantine/core';

import { ErrorNote } from '../../components/error-note';
import { shortTime } from '../../lib/format';
import classes from './people.module.css';
import { ROLE_NAMES } from './roles';
import { useInvitations, useTakeBack } from './use-people';

/** The invitations that nobody has accepted yet. */
export function Invitations() {
  const { data, error, refetch } = useInvitations();
  const takeBack = useTakeBack();
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined || data.items.length === 0) return null;
  return (
    <section className={classes.section} aria-labelledby="open-invitations">
      <Title order={2} size="h5" id="open-invitations">
        Open invitations
      </Title>
      {takeBack.error !== null && <ErrorNote error={takeBack.error} />}
      <ul className={classes.rows}>
        {data.items.map((one) => (
          <li key={one.invitation_id}>
            <div className={classes.what}>
              <strong>{one.email ?? 'Whoever has the link'}</strong>
              <Text size="xs" c="dimmed">
                {ROLE_NAMES[one.role]} · until {shortTime(one.expires_at)}
              </Text>
            </div>
            <Button
              size="compact-sm"
              variant="light"
              color="red"
              aria-label={`Take back the invitation of ${one.email ?? 'whoever has the link'}`}
              loading={takeBack.isPending && takeBack.variables === one.invitation_id}
              onClick={() => takeBack.mutate(one.invitation_id)}
            >
              Take back
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
