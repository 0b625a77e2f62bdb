import { useCallback } from 'react';

import { conversationPath, navigate } from '../../lib/router';
import { useModels } from './model-picker';
import { useDraft } from './use-draft';
import { useSend } from './use-send';
import { useStop } from './use-stop';
import { isActive, useTurns } from './use-turns';

/** A conversation, the message being written for it, and what may be done in it. */
export function useChat(sessionId: string | null, onSay: () => void) {
  const turns = useTurns(sessionId);
  const models = useModels();
  const { text, write, hold, letGo, giveBack } = useDraft(sessionId);
  const { outgoing, send } = useSend(goTo);
  const mine = outgoing?.sessionId === sessionId ? outgoing : null;
  const sending = mine?.error === null ? mine.message : null;

  const activeId = turns.turns.findLast(isActive)?.turn_id ?? null;
  const stop = useStop(activeId);

  const say = useCallback(
    async (message: string) => {
      onSay();
      hold(message);
      const isAccepted = await send({ message, sessionId, model: models.chosen });
      if (isAccepted) letGo(message);
      else giveBack(message);
    },
    [onSay, hold, letGo, giveBack, send, sessionId, models.chosen],
  );

  return {
    turns,
    models,
    draft: { text, write },
    /** The message that is not accepted yet. */
    sending,
    /** The newest turn that runs. */
    activeId,
    isBusy: sending !== null || activeId !== null,
    say,
    stop,
    error: mine?.error ?? stop.error,
  };
}

function goTo(from: string | null, to: string): void {
  // Only if the sender still stands where the message was sent.
  const isStillThere = location.pathname === conversationPath(from);
  if (isStillThere) navigate(conversationPath(to), { replace: from === null });
}
