import { useMutation } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';

/** Answer a question for approval. The turn's stream then says what came of it. */
export function useAnswer(approvalId: string) {
  const mutation = useMutation({
    mutationFn: (decision: 'approve' | 'deny') =>
      answerOf(
        api.POST('/api/v1/approvals/{approval_id}', {
          params: { path: { approval_id: approvalId } },
          body: { decision },
        }),
      ),
  });
  return {
    answer: (decision: 'approve' | 'deny') => mutation.mutate(decision),
    isAnswering: mutation.isPending || mutation.isSuccess,
    error: mutation.error,
  };
}
