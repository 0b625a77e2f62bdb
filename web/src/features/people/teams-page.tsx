import type { User } from '../../api/types';
import { Page } from '../../components/page';
import { Teams } from './teams';

/** One's own teams, for whoever does not see everybody. */
export function TeamsPage({ user }: { user: User }) {
  return (
    <Page name="Teams">
      <Teams viewer={user} people={[]} />
    </Page>
  );
}
