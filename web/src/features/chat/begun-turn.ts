import type { Attachment, Turn } from '../../api/types';

interface Begun {
  turnId: string;
  sessionId: string;
  message: string;
  /** The turn that it follows on. */
  parentId: string | null;
  attachments?: readonly Attachment[];
}

/** A turn of which nothing is known but that it began. */
export function begunTurn({ turnId, sessionId, message, parentId, attachments = [] }: Begun): Turn {
  return {
    turn_id: turnId,
    session_id: sessionId,
    parent_turn_id: parentId,
    status: 'queued',
    message,
    context: 'general',
    attachments: [...attachments],
    response: '',
    reasoning: '',
    tool_calls: [],
    sources: [],
    suggestions: [],
    model: null,
    usage: {
      input_tokens: 0,
      output_tokens: 0,
      cached_input_tokens: 0,
      reasoning_tokens: 0,
      is_estimated: false,
    },
    error: null,
    created_at: new Date().toISOString(),
    started_at: null,
    ended_at: null,
  };
}
