import { useMutation } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';

/** Stop a turn. Its stream then says that it stopped. */
export function useStop(turnId: string | null) {
  const mutation = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.POST('/api/v1/turns/{turn_id}/stop', { params: { path: { turn_id: id } } })),
  });
  const isAboutThis = turnId !== null && mutation.variables === turnId;
  return {
    stop: () => {
      if (turnId !== null) mutation.mutate(turnId);
    },
    // The turn is stopping until it is no longer the active one.
    isStopping: isAboutThis && (mutation.isPending || mutation.isSuccess),
    error: isAboutThis ? mutation.error : null,
  };
}
