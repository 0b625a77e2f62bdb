import { Button, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { Application } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { Row, Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { shortTime } from '../../lib/format';

export function Applications() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: keys.applications,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/auth/applications', { signal })),
  });
  const end = useMutation({
    mutationFn: (id: string) =>
      answerOf(
        api.DELETE('/api/v1/auth/applications/{grant_id}', { params: { path: { grant_id: id } } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.applications }),
  });
  return (
    <Section
      title="Connected applications"
      hint="Programs that you let use Sophia’s tools in your name."
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {end.error !== null && <ErrorNote error={end.error} />}
      {data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          None. Add Sophia in an MCP client, and it will ask you here.
        </Text>
      )}
      {data !== undefined && data.items.length > 0 && (
        <Rows label="Connected applications">
          {data.items.map((one) => (
            <Row
              key={one.grant_id}
              name={
                <>
                  <strong>{one.client_name}</strong>{' '}
                  <code>{one.client_host ?? one.returns_to}</code>
                </>
              }
              facts={factsOf(one)}
            >
              <Button
                size="compact-sm"
                variant="light"
                color="red"
                aria-label={`Disconnect ${one.client_name}`}
                loading={end.isPending && end.variables === one.grant_id}
                onClick={() => end.mutate(one.grant_id)}
              >
                Disconnect
              </Button>
            </Row>
          ))}
        </Rows>
      )}
    </Section>
  );
}

function factsOf(one: Application): string {
  return [
    one.scopes.join(', '),
    `connected ${shortTime(one.created_at)}`,
    `used ${shortTime(one.last_used_at)}`,
  ].join(' · ');
}
