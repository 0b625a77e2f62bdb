import { Alert, Button, Code, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { session } from '../../api/session';
import { useMethods } from '../../api/use-methods';
import { CardFoot, CardPage } from '../../components/card-page';
import { ErrorNote } from '../../components/error-note';
import { Form } from '../../components/form';
import { rememberPage } from '../../lib/awaited';

/** The way in; `notice` says why one stands here. */
export function SignInPage({ notice }: { notice: string | null }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const methods = useMethods().data;
  const problem = methods?.problem ?? null;
  const provider = methods?.oidc ?? null;
  const signIn = useMutation({ mutationFn: () => session.signIn(email, password) });

  return (
    <CardPage name="Sign in" title="Sign in to Sophia">
      {notice !== null && (
        <Alert color="yellow" p="sm" role="status">
          {notice}
        </Alert>
      )}
      {problem !== null && (
        <Alert color="red" p="sm" role="alert">
          {problem}
        </Alert>
      )}
      {provider !== null && (
        <Button
          component="a"
          href="/api/v1/auth/oidc/start"
          variant="default"
          fullWidth
          onClick={rememberPage}
        >
          Continue with {provider.name}
        </Button>
      )}
      <Form onSend={() => signIn.mutate()}>
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {signIn.error !== null && <ErrorNote error={signIn.error} />}
        <Button type="submit" fullWidth loading={signIn.isPending}>
          Sign in
        </Button>
      </Form>
      <CardFoot>
        No password yet? On the machine that runs Sophia, <Code>./sophia link</Code> prints a link
        that signs you in once. You can set a password afterwards.
      </CardFoot>
    </CardPage>
  );
}
