import { Button } from '@mantine/core';
import { useState } from 'react';

import type { ApiKey } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { PlusIcon } from '../../components/icons';
import { Row, Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { shortTime } from '../../lib/format';
import { KeyDialog } from './key-dialog';
import { useApiKeys, useRevokeKey } from './use-api-keys';

export function ApiKeys() {
  const { data, error, refetch } = useApiKeys();
  const revoke = useRevokeKey();
  const [isMaking, setIsMaking] = useState(false);
  return (
    <Section title="API keys" hint="For programs that talk to Sophia as you.">
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {revoke.error !== null && <ErrorNote error={revoke.error} />}
      {data !== undefined && data.items.length > 0 && (
        <Rows label="API keys">
          {data.items.map((key) => (
            <Row
              key={key.key_id}
              name={
                <>
                  <strong>{key.name}</strong> <code>…{key.last4}</code>
                </>
              }
              facts={factsOf(key)}
            >
              <Button
                size="compact-sm"
                variant="light"
                color="red"
                aria-label={`Revoke ${key.name}`}
                loading={revoke.isPending && revoke.variables === key.key_id}
                onClick={() => revoke.mutate(key.key_id)}
              >
                Revoke
              </Button>
            </Row>
          ))}
        </Rows>
      )}
      <div>
        <Button
          variant="default"
          leftSection={<PlusIcon size={16} />}
          onClick={() => setIsMaking(true)}
        >
          Make a key
        </Button>
      </div>
      {isMaking && <KeyDialog onClose={() => setIsMaking(false)} />}
    </Section>
  );
}

function factsOf(key: ApiKey): string {
  const facts = [`made ${shortTime(key.created_at)}`];
  facts.push(key.last_used_at === null ? 'never used' : `used ${shortTime(key.last_used_at)}`);
  if (key.expires_at !== null) facts.push(`ends ${shortTime(key.expires_at)}`);
  return facts.join(' · ');
}
