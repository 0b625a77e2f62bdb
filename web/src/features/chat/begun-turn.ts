import type { Turn } from '../../api/types';

/** A turn of which nothing is known but that it began. */
export function begunTurn(turnId: string, sessionId: string, message: string): Turn {
  return {
    turn_id: turnId,
    session_id: sessionId,
    status: 'queued',
    message,
    context: 'general',
    response: '',
    reasoning: '',
    tool_calls: [],
    sources: [],
    suggestions: [],
    model: null,
    usage: null,
    error: null,
    created_at: new Date().toISOString(),
    started_at: null,
    ended_at: null,
  };
}
