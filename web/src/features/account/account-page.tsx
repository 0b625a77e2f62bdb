import type { User } from '../../api/types';
import { Page } from '../../components/page';
import { ApiKeys } from './api-keys';
import { Applications } from './applications';
import { Identities } from './identities';
import { PasswordForm } from './password-form';
import { ProfileForm } from './profile-form';
import { ServerLogins } from './server-logins';
import { Sessions } from './sessions';

/** What concerns the person who is signed in. */
export function AccountPage({ user }: { user: User }) {
  return (
    <Page name="Account">
      <ProfileForm user={user} />
      <PasswordForm email={user.email} />
      <Identities />
      <ApiKeys />
      <Applications />
      <ServerLogins />
      <Sessions />
    </Page>
  );
}
