import { Button, Group } from '@mantine/core';
import { useState } from 'react';

import type { ApiKey } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { PlusIcon } from '../../components/icons';
import { Row, Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { factsOf, isOver } from './api-key-facts';
import { KeyDialog } from './key-dialog';
import { RotateDialog } from './rotate-dialog';
import { useApiKeys, useRevokeKey } from './use-api-keys';

export function ApiKeys() {
  const { data, error, refetch } = useApiKeys();
  const [isMaking, setIsMaking] = useState(false);
  const [rotated, setRotated] = useState<ApiKey | null>(null);
  return (
    <Section title="API keys" hint="For programs that talk to Sophia as you.">
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data !== undefined && data.items.length > 0 && (
        <Rows label="API keys">
          {data.items.map((key) => (
            <KeyRow key={key.key_id} apiKey={key} onRotate={() => setRotated(key)} />
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
      {rotated !== null && <RotateDialog old={rotated} onClose={() => setRotated(null)} />}
    </Section>
  );
}

function KeyRow({ apiKey, onRotate }: { apiKey: ApiKey; onRotate: () => void }) {
  const { key_id: keyId, name, last4 } = apiKey;
  const revoke = useRevokeKey();
  return (
    <Row
      name={
        <>
          <strong>{name}</strong> <code>…{last4}</code>
        </>
      }
      facts={factsOf(apiKey)}
      error={revoke.error}
    >
      <Group gap="xs">
        {!isOver(apiKey) && (
          // Keys that took each other's place have one name.
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Rotate ${name} …${last4}`}
            onClick={onRotate}
          >
            Rotate
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="light"
          color="red"
          aria-label={`Revoke ${name} …${last4}`}
          loading={revoke.isPending}
          onClick={() => revoke.mutate(keyId)}
        >
          Revoke
        </Button>
      </Group>
    </Row>
  );
}
