import { Alert, Anchor, Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { answerOf, api } from '../../api/client';
import { session } from '../../api/session';
import type { User } from '../../api/types';
import { CardFoot, CardPage } from '../../components/card-page';
import { ErrorNote } from '../../components/error-note';
import { navigate } from '../../lib/router';

/** Where the login of somebody else's MCP server sends people back to. */
export function ConnectedPage({ user }: { user: User }) {
  const query = new URLSearchParams(location.search);
  const finish = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/mcp/logins', {
          body: {
            state: query.get('state') ?? '-',
            code: query.get('code'),
            iss: query.get('iss'),
          },
        }),
      ),
  });
  // What came back is good once, also where effects run twice.
  const isSent = useRef(false);
  const { mutate } = finish;
  useEffect(() => {
    if (isSent.current) return;
    isSent.current = true;
    mutate();
  }, [mutate]);

  return (
    <CardPage name="Logging in to a server" title="Logging in to a server">
      {finish.error !== null && <ErrorNote error={finish.error} />}
      {finish.data !== undefined && (
        <Alert color="green" p="sm" role="status">
          You are logged in to {finish.data.server}. Sophia can use it in your name.
        </Alert>
      )}
      {!finish.isPending && (
        <Button fullWidth onClick={() => navigate('/account', { replace: true })}>
          To your account
        </Button>
      )}
      <CardFoot>
        You are signed in as {user.name}.{' '}
        <Anchor component="button" size="sm" onClick={() => void session.signOut()}>
          Not you?
        </Anchor>
      </CardFoot>
    </CardPage>
  );
}
