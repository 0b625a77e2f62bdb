import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { InvitedRole, Role } from '../../api/types';

export function usePeople() {
  return useQuery({
    queryKey: keys.people,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/users', { signal })),
  });
}

interface Change {
  userId: string;
  role?: Role;
  isDisabled?: boolean;
}

export function useChangePerson() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ userId, role, isDisabled }: Change) =>
      answerOf(
        api.PATCH('/api/v1/users/{user_id}', {
          params: { path: { user_id: userId } },
          body: { role: role ?? null, is_disabled: isDisabled ?? null },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.people }),
  });
}

export function useInvitations() {
  return useQuery({
    queryKey: keys.invitations,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/invitations', { signal })),
  });
}

interface Wanted {
  role: InvitedRole;
  email: string;
}

export function useInvite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ role, email }: Wanted) =>
      answerOf(
        api.POST('/api/v1/invitations', {
          body: { role, email: email === '' ? null : email, expires_in_days: 7, team_ids: [] },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.invitations }),
    // The link itself is not kept longer than it is shown.
    gcTime: 0,
  });
}

export function useTakeBack() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answerOf(
        api.DELETE('/api/v1/invitations/{invitation_id}', {
          params: { path: { invitation_id: id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.invitations }),
  });
}
