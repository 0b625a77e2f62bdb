import { Button, Checkbox, Group, Text } from '@mantine/core';
import { useState } from 'react';

import type { ConsentReview } from '../../api/types';
import classes from './connect.module.css';

interface ConsentFormProps {
  review: ConsentReview;
  deciding: { isPending: boolean; mutate: (scopes: string[]) => void };
}

/** Who asks for what, and where the answer goes; what is allowed can be less than was asked. */
export function ConsentForm({ review, deciding }: ConsentFormProps) {
  const [scopes, setScopes] = useState(() => review.scopes.map((one) => one.scope));
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        deciding.mutate(scopes);
      }}
    >
      <Text size="sm">{whoAsks(review)}</Text>
      <Checkbox.Group label="It may, as you:" value={scopes} onChange={setScopes}>
        <div className={classes.scopes}>
          {review.scopes.map(({ scope, says }) => (
            <Checkbox key={scope} value={scope} label={says} description={scope} />
          ))}
        </div>
      </Checkbox.Group>
      <dl className={classes.facts}>
        <dt>Goes back to</dt>
        <dd>
          {review.returns_to}
          {review.is_local && ' (a program on this machine)'}
        </dd>
        <dt>For</dt>
        <dd>{review.resource}</dd>
      </dl>
      {review.is_local && (
        <Text size="sm" c="dimmed">
          Allow it only if you began this yourself, on this machine, a moment ago.
        </Text>
      )}
      <Group grow gap="xs">
        <Button variant="default" disabled={deciding.isPending} onClick={() => deciding.mutate([])}>
          Deny
        </Button>
        <Button type="submit" loading={deciding.isPending} disabled={scopes.length === 0}>
          Allow
        </Button>
      </Group>
    </form>
  );
}

function whoAsks({ client_name, client_host }: ConsentReview): string {
  return client_host === null
    ? `An application wants to use Sophia’s tools in your name. It calls itself “${client_name}”; nobody has checked that.`
    : `${client_name}, of ${client_host}, wants to use Sophia’s tools in your name.`;
}
