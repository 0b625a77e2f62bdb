import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { answerOf, api } from '../../api/client';
import { session } from '../../api/session';
import type { User } from '../../api/types';
import { NameField } from '../../components/person-fields';
import { Section } from '../../components/section';
import { SavedForm } from './saved-form';

export function ProfileForm({ user }: { user: User }) {
  const [name, setName] = useState(user.name);
  const [email, setEmail] = useState(user.email ?? '');
  const save = useMutation({
    mutationFn: () =>
      answerOf(api.PATCH('/api/v1/me', { body: { name, email: email === '' ? null : email } })),
    onSuccess: (saved) => {
      setName(saved.name);
      setEmail(saved.email ?? '');
      session.setUser(saved);
    },
  });
  const isChanged = name !== user.name || email !== (user.email ?? '');

  return (
    <Section
      title="Profile"
      hint="What you say to Sophia is remembered under your name. With an e-mail address and a password you can sign in without a link."
    >
      <SavedForm label="Save" saving={save} canSave={isChanged}>
        <NameField label="Name" value={name} onChange={setName} />
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="email"
          maxLength={254}
          required={user.email !== null}
          withAsterisk={false}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
      </SavedForm>
    </Section>
  );
}
