import { useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api, openStream } from '../../api/client';
import { keys } from '../../api/keys';
import type { Conversation } from '../../api/types';
import { conversationPath, navigate } from '../../lib/router';
import { saveFile } from '../../lib/save-file';

type Format = 'json' | 'markdown';

/** Save a conversation as a file. */
export function useExport() {
  return useMutation({
    mutationFn: async ({
      conversation,
      format,
    }: {
      conversation: Conversation;
      format: Format;
    }) => {
      const path = `/api/v1/conversations/${conversation.session_id}/export?format=${format}`;
      const content = await (await openStream(path, {})).blob();
      saveFile(content, `${plain(conversation.title)}.${format === 'json' ? 'json' : 'md'}`);
    },
  });
}

/** Make a conversation from a file, and open it. */
export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (file: File) => {
      const body = await file.text();
      const headers = { 'Content-Type': 'application/json' };
      const call = api.POST('/api/v1/conversations/import', {
        headers,
        body: body as never,
        bodySerializer: (text: unknown) => text as string,
      });
      return answerOf(call);
    },
    onSuccess: (made) => {
      navigate(conversationPath(made.session_id));
      return client.invalidateQueries({ queryKey: keys.conversations });
    },
  });
}

function plain(title: string): string {
  return title.replace(/[^\p{L}\p{N} ._-]+/gu, '_').trim() || 'conversation';
}
