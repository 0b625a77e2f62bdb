import { Alert, Anchor, Button, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { ApiError } from '../../api/problem';
import { session } from '../../api/session';
import type { User } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { Mark } from '../../components/icons';
import { PageTitle } from '../../components/page-title';
import classes from './connect.module.css';
import { ConsentForm } from './consent-form';

/** Where an application sends somebody to be connected. Nothing happens until they answer. */
export function AuthorizePage({ user }: { user: User }) {
  const query = location.search;
  const review = useQuery({
    queryKey: ['consent', query],
    queryFn: ({ signal }) =>
      answerOf(api.POST('/api/v1/auth/consent/review', { body: { query }, signal })),
    staleTime: Infinity,
    retry: false,
  });
  const decide = useMutation({
    mutationFn: (scopes: string[]) =>
      answerOf(
        api.POST('/api/v1/auth/consent', {
          body: { query, is_allowed: scopes.length > 0, scopes },
        }),
      ),
    onSuccess: ({ redirect_to }) => location.assign(redirect_to),
  });
  const failure = review.error ?? decide.error;

  return (
    <main className={classes.page}>
      <PageTitle name="Connect an application" />
      <div className={classes.card}>
        <Stack gap={4} align="center">
          <Mark size={44} />
          <Title order={1} size="h3" mt="xs" ta="center">
            {review.data === undefined
              ? 'Connect an application'
              : `Connect ${review.data.client_name}?`}
          </Title>
        </Stack>
        {failure !== null && <Failure error={failure} onRetry={() => void review.refetch()} />}
        {review.data !== undefined && !decide.isSuccess && (
          <ConsentForm review={review.data} deciding={decide} />
        )}
        {decide.isSuccess && (
          <Alert color="green" p="sm" role="status">
            Go on in the application. You can close this page.
          </Alert>
        )}
        <Text size="sm" c="dimmed" className={classes.hint}>
          You are signed in as {user.name}.{' '}
          <Anchor component="button" size="sm" onClick={() => void session.signOut()}>
            Not you?
          </Anchor>
        </Text>
      </div>
    </main>
  );
}

/** What is wrong with the request; whoever made it is told only if the person goes back. */
function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const known = error instanceof ApiError ? error : null;
  const back = known?.facts.return_to;
  return (
    <>
      {known?.isPassing === true ? (
        <ErrorNote error={error} onRetry={onRetry} />
      ) : (
        <ErrorNote error={error} />
      )}
      {typeof back === 'string' && (
        <Button component="a" href={back} variant="default" fullWidth>
          Back to the application
        </Button>
      )}
    </>
  );
}
