import { Alert, Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import { useMethods } from '../../api/use-methods';
import { ErrorNote } from '../../components/error-note';
import { Row, Rows } from '../../components/rows';
import { Section } from '../../components/section';
import { shortTime } from '../../lib/format';

/** The accounts of the OpenID provider that sign one in here; nothing where there is none. */
export function Identities() {
  const methods = useMethods().data;
  if (!methods?.oidc) return null;
  return (
    <Section
      title={`Sign-in with ${methods.oidc.name}`}
      hint="An account there that is linked signs you in here, without a password."
    >
      {/* What the provider sent one back with. */}
      {methods.problem !== null && (
        <Alert color="red" p="sm" role="alert">
          {methods.problem}
        </Alert>
      )}
      <Links provider={methods.oidc.name} />
    </Section>
  );
}

function Links({ provider }: { provider: string }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: keys.identities,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/me/identities', { signal })),
  });
  const link = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/me/identities/oidc')),
    onSuccess: ({ url }) => location.assign(url),
  });
  const unlink = useMutation({
    mutationFn: (id: string) =>
      answerOf(
        api.DELETE('/api/v1/me/identities/{identity_id}', {
          params: { path: { identity_id: id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.identities }),
  });
  const failure = link.error ?? unlink.error;
  return (
    <>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {failure !== null && <ErrorNote error={failure} />}
      {data !== undefined && data.items.length > 0 && (
        <Rows label="Linked accounts">
          {data.items.map((one) => (
            <Row
              key={one.identity_id}
              name={<strong>{one.email ?? provider}</strong>}
              facts={`${one.issuer} · linked ${shortTime(one.linked_at)}`}
            >
              <Button
                size="compact-sm"
                variant="light"
                color="red"
                aria-label={`Unlink ${one.email ?? provider}`}
                loading={unlink.isPending}
                onClick={() => unlink.mutate(one.identity_id)}
              >
                Unlink
              </Button>
            </Row>
          ))}
        </Rows>
      )}
      {data?.items.length === 0 && (
        <div>
          <Button
            variant="default"
            loading={link.isPending || link.isSuccess}
            onClick={() => link.mutate()}
          >
            Link an account
          </Button>
        </div>
      )}
    </>
  );
}
