import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';

export function useApiKeys() {
  return useQuery({
    queryKey: keys.apiKeys,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/keys', { signal })),
  });
}

interface Wanted {
  name: string;
  /** Null: until it is revoked. */
  days: number | null;
}

export function useMakeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, days }: Wanted) =>
      answerOf(api.POST('/api/v1/keys', { body: { name, expires_in_days: days } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
    // The key itself is not kept longer than it is shown.
    gcTime: 0,
  });
}

interface Rotation {
  keyId: string;
  /** How long the old key stays good. */
  hours: number;
}

export function useRotateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ keyId, hours }: Rotation) =>
      answerOf(
        api.POST('/api/v1/keys/{key_id}/rotate', {
          params: { path: { key_id: keyId } },
          body: { overlap_hours: hours },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
    gcTime: 0,
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (keyId: string) =>
      answerOf(api.DELETE('/api/v1/keys/{key_id}', { params: { path: { key_id: keyId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  });
}
