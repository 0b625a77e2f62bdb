import { Button } from '@mantine/core';

import { ErrorNote } from '../../components/error-note';
import { Row, Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { shortTime } from '../../lib/format';
import { ROLE_NAMES } from './roles';
import { useInvitations, useTakeBack } from './use-people';

/** The invitations that nobody has accepted yet. */
export function Invitations() {
  const { data, error, refetch } = useInvitations();
  const takeBack = useTakeBack();
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Section title="Open invitations">
      {takeBack.error !== null && <ErrorNote error={takeBack.error} />}
      <Rows label="Open invitations">
        {data.items.map((one) => (
          <Row
            key={one.invitation_id}
            name={<strong>{one.email ?? 'Whoever has the link'}</strong>}
            facts={`${ROLE_NAMES[one.role]} · until ${shortTime(one.expires_at)}`}
          >
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
          </Row>
        ))}
      </Rows>
    </Section>
  );
}
