import { Title } from '@mantine/core';

import type { User } from '../../api/types';
import { PageTitle } from '../../components/page-title';
import classes from './account.module.css';
import { ApiKeys } from './api-keys';
import { Applications } from './applications';
import { PasswordForm } from './password-form';
import { ProfileForm } from './profile-form';
import { Sessions } from './sessions';

/** What concerns the person who is signed in. */
export function AccountPage({ user }: { user: User }) {
  return (
    <div className={classes.page}>
      <PageTitle name="Account" />
      <div className={classes.column}>
        <Title order={1} size="h3">
          Account
        </Title>
        <ProfileForm user={user} />
        <PasswordForm email={user.email} />
        <ApiKeys />
        <Applications />
        <Sessions />
      </div>
    </div>
  );
}
