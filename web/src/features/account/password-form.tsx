import { PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import { NewPasswordField } from '../../components/person-fields';
import { Section } from '../../components/section';
import { SavedForm } from './saved-form';

export function PasswordForm({ email }: { email: string | null }) {
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [wanted, setWanted] = useState('');
  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.PUT('/api/v1/me/password', {
          body: { new_password: wanted, current_password: current === '' ? null : current },
        }),
      ),
    onSuccess: () => {
      setCurrent('');
      setWanted('');
      return client.invalidateQueries({ queryKey: keys.sessions });
    },
  });

  return (
    <Section title="Password" hint="Setting one signs you out everywhere else.">
      <SavedForm label="Set password" saving={save} canSave={wanted !== ''}>
        {/* For password managers: whose password this is. */}
        <input type="text" autoComplete="username" value={email ?? ''} readOnly hidden />
        <PasswordInput
          label="Current password"
          description="Not needed just after signing in by a link."
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <NewPasswordField label="New password" value={wanted} onChange={setWanted} />
      </SavedForm>
    </Section>
  );
}
