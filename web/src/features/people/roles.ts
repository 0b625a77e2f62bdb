import type { InvitedRole, Role, User } from '../../api/types';

const RANKS: Record<Role, number> = { viewer: 0, member: 1, admin: 2, owner: 3 };

/** Everybody acts on those below them alone; the server holds to it, too. */
export function isAbove(one: Role, other: Role): boolean {
  return RANKS[one] > RANKS[other];
}

/** Whether somebody may invite people and make teams. */
export function mayManage(viewer: User): boolean {
  return viewer.scopes.includes('users:write');
}

export const ROLE_NAMES: Record<Role, string> = {
  owner: 'Owner',
  admin: 'Administrator',
  member: 'Member',
  viewer: 'Viewer',
};

const INVITED: readonly InvitedRole[] = ['admin', 'member', 'viewer'];

/** The roles that somebody may give, for a list to choose from. */
export function rolesBelow(role: Role): { value: InvitedRole; label: string }[] {
  return INVITED.filter((one) => isAbove(role, one)).map((value) => ({
    value,
    label: ROLE_NAMES[value],
  }));
}
