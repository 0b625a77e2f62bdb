import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';

import { openStream } from '../../api/client';
import { keys } from '../../api/keys';
import { ApiError } from '../../api/problem';
import type { Attachment } from '../../api/types';
import { randomId } from '../../lib/random-id';
import { backOffMs, wait } from '../../lib/wait';
import { liveTurns } from './live-turns';
import { begunTurn } from './begun-turn';
import { addTurn } from './use-turns';

const TRIES = 4;

interface Message {
  message: string;
  sessionId: string | null;
  model: string | null;
  attachments: readonly Attachment[];
  /** The turn that it follows on; none: the newest one. */
  after: string | null;
  /** The turn beside which it is said once more, as it was or changed. */
  insteadOf: string | null;
}

/** A message on its way: not accepted yet, or refused. */
interface Outgoing {
  sessionId: string | null;
  message: string;
  error: ApiError | null;
}

/** Send messages. `onBegun` is told the conversation that a message went to. */
export function useSend(onBegun: (from: string | null, sessionId: string) => void) {
  const client = useQueryClient();
  const [outgoing, setOutgoing] = useState<Outgoing | null>(null);

  /** Send a message; says whether it was accepted. */
  const send = useCallback(
    async (sent: Message, parentId: string | null): Promise<boolean> => {
      const { message, sessionId } = sent;
      setOutgoing({ sessionId, message, error: null });
      const controller = new AbortController();
      try {
        const begun = await begin(sent, controller.signal);
        const { turnId, sessionId: begunIn } = begun;
        const { attachments } = sent;
        addTurn(client, begunTurn({ turnId, sessionId: begunIn, message, parentId, attachments }));
        liveTurns.follow(
          begun.turnId,
          begun.response === null ? undefined : { response: begun.response, controller },
        );
        setOutgoing(null);
        onBegun(sessionId, begun.sessionId);
        void client.invalidateQueries({ queryKey: keys.conversations });
        return true;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        setOutgoing({ sessionId, message, error });
        return false;
      }
    },
    [client, onBegun],
  );

  return { outgoing, send };
}

interface Begun {
  turnId: string;
  sessionId: string;
  /** Null when the turn was begun by an earlier try whose answer was lost on its way. */
  response: Response | null;
}

/** Begin a turn once, however often it has to be tried: the key makes the tries one. */
async function begin(message: Message, signal: AbortSignal): Promise<Begun> {
  const key = randomId();
  for (let failures = 0; ;) {
    try {
      return begunBy(await post(message, key, signal));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const earlier = begunEarlier(error);
      if (earlier !== null) return earlier;
      failures += 1;
      if (error.status !== 0 || failures >= TRIES) throw error;
      await wait(backOffMs(failures), signal);
    }
  }
}

function post(sent: Message, key: string, signal: AbortSignal) {
  const { message, sessionId, model, after, insteadOf } = sent;
  const attachments = sent.attachments.map((one) => one.attachment_id);
  return openStream(insteadOf === null ? '/api/v1/chat' : `/api/v1/turns/${insteadOf}/again`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'text/event-stream',
      'Idempotency-Key': key,
    },
    body: JSON.stringify({
      message,
      stream: true,
      ...(sessionId === null || insteadOf !== null ? {} : { session_id: sessionId }),
      ...(after === null || insteadOf !== null ? {} : { after }),
      ...(model === null ? {} : { model }),
      ...(attachments.length === 0 || insteadOf !== null ? {} : { attachments }),
    }),
    signal,
  });
}

function begunBy(response: Response): Begun {
  const turnId = response.headers.get('X-Sophia-Turn-Id');
  const sessionId = response.headers.get('X-Sophia-Session-Id');
  if (turnId === null || sessionId === null) {
    throw new ApiError('The answer names no turn: reload the page.', 200, 'console.no_turn');
  }
  return { turnId, sessionId, response };
}

function begunEarlier(error: ApiError): Begun | null {
  const { turn_id: turnId, session_id: sessionId } = error.facts;
  if (error.code !== 'chat.still_running') return null;
  if (typeof turnId !== 'string' || typeof sessionId !== 'string') return null;
  return { turnId, sessionId, response: null };
}
