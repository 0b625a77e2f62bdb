import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { session } from '../../api/session';
import { CardPage } from '../../components/card-page';
import { ErrorNote } from '../../components/error-note';
import { Form } from '../../components/form';
import { NameField, NewPasswordField } from '../../components/person-fields';
import { navigate, useAnchor } from '../../lib/router';

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
    <CardPage name="Join" title="Join Sophia">
      <Form onSend={() => join.mutate()}>
        <NameField label="Your name" value={name} onChange={setName} />
        <TextInput
          label="E-mail"
          description="If the invitation names an address, that one counts."
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <NewPasswordField label="Password" value={password} onChange={setPassword} />
        {join.error !== null && <ErrorNote error={join.error} />}
        <Button type="submit" fullWidth loading={join.isPending}>
          Join
        </Button>
      </Form>
    </CardPage>
  );
}
