import { Alert, Button, Code, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { session } from '../../api/session';
import { ErrorNote } from '../../components/error-note';
import { Mark } from '../../components/icons';
import { PageTitle } from '../../components/page-title';
import { rememberPage } from '../../lib/awaited';
import classes from './sign-in.module.css';
import { useMethods } from './use-methods';

/** The way in; `notice` says why one stands here. */
export function SignInPage({ notice }: { notice: string | null }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const methods = useMethods().data;
  const problem = methods?.problem ?? null;
  const provider = methods?.oidc ?? null;
  const signIn = useMutation({ mutationFn: () => session.signIn(email, password) });

  return (
    <main className={classes.page}>
      <PageTitle name="Sign in" />
      <div className={classes.card}>
        <Stack gap={4} align="center">
          <Mark size={44} />
          <Title order={1} size="h3" mt="xs">
            Sign in to Sophia
          </Title>
        </Stack>
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
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate();
          }}
        >
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
        </form>
        <Text size="sm" c="dimmed" className={classes.hint}>
          No password yet? On the machine that runs Sophia, <Code>./sophia link</Code> prints a link
          that signs you in once. You can set a password afterwards.
        </Text>
      </div>
    </main>
  );
}
