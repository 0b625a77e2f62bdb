import { Badge, Button, NativeSelect } from '@mantine/core';

import type { Member, Person, Team, TeamRole, User } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import classes from './members.module.css';
import { useSetMember } from './use-teams';

const TEAM_ROLES: { value: TeamRole; label: string }[] = [
  { value: 'member', label: 'Member' },
  { value: 'maintainer', label: 'Maintainer' },
];

interface MembersProps {
  team: Team;
  viewer: User;
  /** Whoever could be taken in; nobody, for those who may not see everybody. */
  people: readonly Person[];
  canChange: boolean;
}

/** Who is in a team, and as what. */
export function Members({ team, viewer, people, canChange }: MembersProps) {
  const set = useSetMember();
  const { team_id: teamId, name, members } = team;
  const inside = new Set(members.map((one) => one.user_id));
  const others = people.filter((one) => !inside.has(one.user_id));
  const put = (userId: string, role: TeamRole | null) => set.mutate({ teamId, userId, role });

  const roleOf = (member: Member) =>
    canChange ? (
      <NativeSelect
        size="xs"
        aria-label={`Role of ${member.name} in ${name}`}
        data={TEAM_ROLES}
        value={member.role}
        disabled={set.isPending}
        onChange={(event) => put(member.user_id, event.currentTarget.value as TeamRole)}
      />
    ) : (
      <Badge variant="light" tt="none">
        {TEAM_ROLES.find(({ value }) => value === member.role)?.label}
      </Badge>
    );
  return (
    <div className={classes.members}>
      {set.error !== null && <ErrorNote error={set.error} />}
      <ul aria-label={`Members of ${name}`}>
        {members.map((member) => {
          const isViewer = member.user_id === viewer.user_id;
          return (
            <li key={member.user_id}>
              <span>{member.name}</span>
              {roleOf(member)}
              {(canChange || isViewer) && (
                <Button
                  size="compact-sm"
                  variant="light"
                  color="red"
                  aria-label={isViewer ? `Leave ${name}` : `Take ${member.name} out of ${name}`}
                  disabled={set.isPending}
                  onClick={() => put(member.user_id, null)}
                >
                  {isViewer ? 'Leave' : 'Take out'}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {canChange && others.length > 0 && (
        <NativeSelect
          size="xs"
          aria-label={`Take somebody into ${name}`}
          data={[
            { value: '', label: 'Take somebody in …' },
            ...others.map((one) => ({ value: one.user_id, label: labelOf(one) })),
          ]}
          value=""
          disabled={set.isPending}
          onChange={(event) => {
            const userId = event.currentTarget.value;
            if (userId !== '') put(userId, 'member');
          }}
        />
      )}
    </div>
  );
}

/** Names are no one's own; addresses are. */
function labelOf({ name, email }: Person): string {
  return email === null ? name : `${name} (${email})`;
}
