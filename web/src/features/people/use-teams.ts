import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { TeamRole } from '../../api/types';

export function useTeams() {
  return useQuery({
    queryKey: keys.teams,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/teams', { signal })),
  });
}

/** Change teams in some way, and look at them anew afterwards. */
function useChange<Wanted>(change: (wanted: Wanted) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.teams }),
  });
}

export function useSaveTeam() {
  return useChange(({ teamId, name }: { teamId: string | null; name: string }) =>
    teamId === null
      ? answerOf(api.POST('/api/v1/teams', { body: { name } }))
      : answerOf(
          api.PATCH('/api/v1/teams/{team_id}', {
            params: { path: { team_id: teamId } },
            body: { name },
          }),
        ),
  );
}

export function useRemoveTeam() {
  return useChange((teamId: string) =>
    answerOf(api.DELETE('/api/v1/teams/{team_id}', { params: { path: { team_id: teamId } } })),
  );
}

interface Membership {
  teamId: string;
  userId: string;
  /** Null: no member any more. */
  role: TeamRole | null;
}

export function useSetMember() {
  return useChange(({ teamId, userId, role }: Membership) => {
    const where = '/api/v1/teams/{team_id}/members/{user_id}';
    const params = { path: { team_id: teamId, user_id: userId } };
    return role === null
      ? answerOf(api.DELETE(where, { params }))
      : answerOf(api.PUT(where, { params, body: { role } }));
  });
}
