import { Badge, Button, NativeSelect, Text } from '@mantine/core';

import type { Person, Role, User } from '../../api/types';
import { Row } from '../../components/rows';
import { shortTime } from '../../lib/format';
import { isAbove, ROLE_NAMES, rolesBelow } from './roles';
import { useChangePerson } from './use-people';

interface PersonRowProps {
  person: Person;
  viewer: User;
}

export function PersonRow({ person, viewer }: PersonRowProps) {
  const change = useChangePerson();
  const { user_id: userId, name, role, is_disabled: isDisabled } = person;
  const canChange = isAbove(viewer.role, role);
  return (
    <Row
      name={
        <>
          <strong>{name}</strong>
          {userId === viewer.user_id && (
            <Text span inherit c="dimmed">
              {' '}
              (you)
            </Text>
          )}
        </>
      }
      facts={factsOf(person)}
      error={change.error}
    >
      {canChange ? (
        <>
          <NativeSelect
            size="xs"
            aria-label={`Role of ${name}`}
            data={rolesBelow(viewer.role)}
            value={role}
            disabled={change.isPending}
            onChange={(event) => change.mutate({ userId, role: event.currentTarget.value as Role })}
          />
          <Button
            size="compact-sm"
            variant="light"
            color={isDisabled ? 'sea' : 'red'}
            aria-label={`${isDisabled ? 'Let in' : 'Shut out'} ${name}`}
            loading={change.isPending}
            onClick={() => change.mutate({ userId, isDisabled: !isDisabled })}
          >
            {isDisabled ? 'Let in' : 'Shut out'}
          </Button>
        </>
      ) : (
        <Badge variant="light" tt="none">
          {ROLE_NAMES[role]}
        </Badge>
      )}
    </Row>
  );
}

function factsOf(person: Person): string {
  const facts = person.email === null ? [] : [person.email];
  if (person.is_disabled) facts.push('shut out');
  facts.push(
    person.last_seen_at === null ? 'never seen' : `seen ${shortTime(person.last_seen_at)}`,
  );
  return facts.join(' · ');
}
