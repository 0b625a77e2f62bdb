import { Button, Text } from '@mantine/core';
import { useState } from 'react';

import type { Person, Team, User } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { PlusIcon } from '../../components/icons';
import { Rows } from '../../components/rows';
import { mayManage } from './roles';
import { TeamDialog } from './team-dialog';
import { TeamRow } from './team-row';
import { useTeams } from './use-teams';

interface TeamsProps {
  viewer: User;
  /** Everybody; nobody, for those who may not see everybody. */
  people: readonly Person[];
}

/** The teams that one may see, and who is in them. */
export function Teams({ viewer, people }: TeamsProps) {
  const { data, error, refetch } = useTeams();
  const [named, setNamed] = useState<{ team: Team | null } | null>(null);
  return (
    <>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {mayManage(viewer) ? 'None yet.' : 'You are in none.'}
        </Text>
      )}
      {data !== undefined && data.items.length > 0 && (
        <Rows label="Teams">
          {data.items.map((team) => (
            <TeamRow
              key={team.team_id}
              team={team}
              viewer={viewer}
              people={people}
              onRename={() => setNamed({ team })}
            />
          ))}
        </Rows>
      )}
      {mayManage(viewer) && (
        <div>
          <Button
            variant="default"
            leftSection={<PlusIcon size={16} />}
            onClick={() => setNamed({ team: null })}
          >
            Make a team
          </Button>
        </div>
      )}
      {named !== null && <TeamDialog team={named.team} onClose={() => setNamed(null)} />}
    </>
  );
}
