import { Badge, Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import { ErrorNote } from '../../components/error-note';
import { Row, Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { shortTime } from '../../lib/format';
import { clientName } from '../../lib/client-name';

export function Sessions() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/sessions', { signal })),
  });
  const end = useMutation({
    mutationFn: (id: string) =>
      answerOf(
        api.DELETE('/api/v1/sessions/{session_id}', { params: { path: { session_id: id } } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
  return (
    <Section title="Sessions" hint="Where you are signed in.">
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {end.error !== null && <ErrorNote error={end.error} />}
      <Rows label="Sessions">
        {data?.items.map((one) => (
          <Row
            key={one.session_id}
            name={<strong title={one.user_agent}>{clientName(one.user_agent)}</strong>}
            facts={`since ${shortTime(one.created_at)} · used ${shortTime(one.last_used_at)}`}
          >
            {one.is_current ? (
              <Badge variant="light" tt="none">
                This one
              </Badge>
            ) : (
              <Button
                size="compact-sm"
                variant="light"
                color="red"
                aria-label={`End the session on ${clientName(one.user_agent)}`}
                loading={end.isPending && end.variables === one.session_id}
                onClick={() => end.mutate(one.session_id)}
              >
                End
              </Button>
            )}
          </Row>
        ))}
      </Rows>
    </Section>
  );
}
