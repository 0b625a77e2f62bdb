import type { User } from '../../api/types';

export function AccountPage({ user }: { user: User }) {
  return <p>{user.name}</p>;
}
