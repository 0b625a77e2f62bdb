import { Button, Group } from '@mantine/core';
import { useState } from 'react';

import type { Person, Team, User } from '../../api/types';
import { Row } from '../../components/rows';
import { SureButton } from '../../components/sure-button';
import { Members } from './members';
import { mayManage } from './roles';
import { useRemoveTeam } from './use-teams';

interface TeamRowProps {
  team: Team;
  viewer: User;
  people: readonly Person[];
  onRename: () => void;
}

export function TeamRow({ team, viewer, people, onRename }: TeamRowProps) {
  const [isOpen, setIsOpen] = useState(false);
  const remove = useRemoveTeam();
  const { name, members } = team;
  const isManager = mayManage(viewer);
  const own = members.find((member) => member.user_id === viewer.user_id);
  const canChange = isManager || own?.role === 'maintainer';
  return (
    <Row
      name={<strong>{name}</strong>}
      facts={members.length === 1 ? '1 member' : `${members.length} members`}
      error={remove.error}
    >
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="default"
          aria-expanded={isOpen}
          aria-label={`Members of ${name}`}
          onClick={() => setIsOpen(!isOpen)}
        >
          Members
        </Button>
        {isManager && (
          <>
            <Button
              size="compact-sm"
              variant="light"
              aria-label={`Rename ${name}`}
              onClick={onRename}
            >
              Rename
            </Button>
            <SureButton
              verb="Delete"
              what={name}
              isPending={remove.isPending}
              onSure={() => remove.mutate(team.team_id)}
            />
          </>
        )}
      </Group>
      {isOpen && <Members team={team} viewer={viewer} people={people} canChange={canChange} />}
    </Row>
  );
}
