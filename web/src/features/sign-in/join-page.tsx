import { Button, PasswordInput, Stack, Title, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { session } from '../../api/session';
import { ErrorNote } from '../../components/error-note';
import { Mark } from '../../components/icons';
import { PageTitle } from '../../components/page-title';
import { navigate, useAnchor } from '../../lib/router';
import classes from './sign-in.module.css';

const MIN_CHARS = 12;

/** Where an invitation's link leads: an account is made, and one is inside. */
export function JoinPage() {
  const token = useAnchor();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const join = useMutation({
    mutationFn: () =>
      session.join({ token, name, email: email.trim() === '' ? null : email.trim(), password }),
    onSuccess: () => navigate('/', { replace: true }),
  });

  return (
    <main className={classes.page}>
      <PageTitle name="Join" />
      <div className={classes.card}>
        <Stack gap={4} align="center">
          <Mark size={44} />
          <Title order={1} size="h3" mt="xs">
            Join Sophia
          </Title>
        </Stack>
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            join.mutate();
          }}
        >
          <TextInput
            label="Your name"
            autoComplete="name"
            required
            withAsterisk={false}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="E-mail"
            description="If the invitation names an address, that one counts."
            type="email"
            autoComplete="username"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            description={`At least ${MIN_CHARS} characters: several words, say.`}
            autoComplete="new-password"
            minLength={MIN_CHARS}
            maxLength={128}
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {join.error !== null && <ErrorNote error={join.error} />}
          <Button type="submit" fullWidth loading={join.isPending}>
            Join
          </Button>
        </form>
      </div>
    </main>
  );
}
