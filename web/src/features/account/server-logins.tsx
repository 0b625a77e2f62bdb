import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { ServerLogin } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { Row, Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { shortTime } from '../../lib/format';

/** The MCP servers of others at which everybody logs in; nothing where there are none. */
export function ServerLogins() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: keys.serverLogins,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/mcp/logins', { signal })),
  });
  const start = useMutation({
    mutationFn: (name: string) =>
      answerOf(api.POST('/api/v1/mcp/servers/{name}/login', { params: { path: { name } } })),
    onSuccess: ({ url }) => location.assign(url),
  });
  const end = useMutation({
    mutationFn: (name: string) =>
      answerOf(api.DELETE('/api/v1/mcp/logins/{name}', { params: { path: { name } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.serverLogins }),
  });
  const failure = start.error ?? end.error;
  if (error === null && (data === undefined || data.items.length === 0)) return null;
  return (
    <Section
      title="Servers that ask who you are"
      hint="Sophia calls their tools in your name, with what you allow her there."
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {failure !== null && <ErrorNote error={failure} />}
      <Rows label="Servers that ask who you are">
        {data?.items.map((one) => (
          <Row key={one.server} name={<strong>{one.server}</strong>} facts={factsOf(one)}>
            {one.is_logged_in ? (
              <Button
                size="compact-sm"
                variant="light"
                color="red"
                aria-label={`Log out of ${one.server}`}
                loading={end.isPending && end.variables === one.server}
                onClick={() => end.mutate(one.server)}
              >
                Log out
              </Button>
            ) : (
              <Button
                size="compact-sm"
                variant="light"
                aria-label={`Log in to ${one.server}`}
                loading={start.isPending && start.variables === one.server}
                onClick={() => start.mutate(one.server)}
              >
                Log in
              </Button>
            )}
          </Row>
        ))}
      </Rows>
    </Section>
  );
}

function factsOf(one: ServerLogin): string {
  if (!one.is_logged_in || one.since === null) return 'You are not logged in there.';
  const facts = [`logged in ${shortTime(one.since)}`];
  if (one.scope !== null) facts.unshift(one.scope);
  return facts.join(' · ');
}
