import { Alert, Anchor, Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { ApiError } from '../../api/problem';
import { session } from '../../api/session';
import type { User } from '../../api/types';
import { CardFoot, CardPage } from '../../components/card-page';
import { ErrorNote } from '../../components/error-note';
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
    <CardPage
      name="Connect an application"
      title={
        review.data === undefined ? 'Connect an application' : `Connect ${review.data.client_name}?`
      }
    >
      {failure !== null && <Failure error={failure} onRetry={() => void review.refetch()} />}
      {review.data !== undefined && !decide.isSuccess && (
        <ConsentForm review={review.data} deciding={decide} />
      )}
      {decide.isSuccess && (
        <Alert color="green" p="sm" role="status">
          Go on in the application. You can close this page.
        </Alert>
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
