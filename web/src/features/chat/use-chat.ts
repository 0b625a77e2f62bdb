import { useCallback, useMemo, useState } from 'react';

import type { Turn } from '../../api/types';
import { conversationPath, navigate } from '../../lib/router';
import { useModels } from './model-picker';
import { leafBelow, lineTo } from './tree';
import { useAttachments } from './use-attachments';
import { useDraft } from './use-draft';
import { useSend } from './use-send';
import { useSoughtTurn } from './use-sought-turn';
import { useStop } from './use-stop';
import { isActive, useTurns } from './use-turns';

/** A conversation, the message being written for it, and what may be done in it. */
export function useChat(sessionId: string | null, onSay: () => void) {
  const turns = useTurns(sessionId);
  const models = useModels();
  const files = useAttachments(sessionId);
  const { text, write, hold, letGo, giveBack } = useDraft(sessionId);
  const { outgoing, send } = useSend(goTo);
  const mine = outgoing?.sessionId === sessionId ? outgoing : null;
  const sending = mine?.error === null ? mine.message : null;

  // Null: the line to the newest turn.
  const [leafId, setLeafId] = useState<string | null>(null);
  const line = useMemo(() => lineTo(turns.turns, leafId), [turns.turns, leafId]);
  const lastId = line.at(-1)?.turn.turn_id ?? null;

  const activeId = turns.turns.findLast(isActive)?.turn_id ?? null;
  const stop = useStop(activeId);

  const say = useCallback(
    async (message: string) => {
      onSay();
      hold(message);
      const sent = {
        message,
        sessionId,
        model: models.chosen,
        attachments: files.uploaded,
        after: lastId,
        insteadOf: null,
      };
      if (await send(sent, lastId)) {
        letGo(message);
        setLeafId(null);
        files.clear();
      } else giveBack(message);
    },
    [onSay, hold, letGo, giveBack, send, sessionId, models.chosen, lastId, files],
  );

  /** Say a turn's message once more, as it was or changed, beside it. */
  const sayAgain = useCallback(
    async (turn: Turn, message: string) => {
      onSay();
      const { turn_id: insteadOf, attachments } = turn;
      const sent = {
        message,
        sessionId,
        model: models.chosen,
        attachments,
        after: null,
        insteadOf,
      };
      if (await send(sent, turn.parent_turn_id)) setLeafId(null);
    },
    [onSay, send, sessionId, models.chosen],
  );

  const showVersion = useCallback(
    (turnId: string) => setLeafId(leafBelow(turns.turns, turnId)),
    [turns.turns],
  );
  const { fetchNextPage } = turns;
  const soughtId = useSoughtTurn({
    turns: turns.turns,
    hasOlder: turns.hasNextPage,
    isLoadingOlder: turns.isFetching,
    loadOlder: useCallback(() => void fetchNextPage(), [fetchNextPage]),
    show: showVersion,
  });

  return {
    /** The turn that the address names. */
    soughtId,
    turns,
    line,
    models,
    files,
    draft: { text, write },
    /** The message that is not accepted yet. */
    sending,
    /** The newest turn that runs. */
    activeId,
    isBusy: sending !== null || activeId !== null,
    say,
    sayAgain,
    showVersion,
    stop,
    error: mine?.error ?? stop.error,
  };
}

function goTo(from: string | null, to: string): void {
  // Only if the sender still stands where the message was sent.
  const isStillThere = location.pathname === conversationPath(from);
  if (isStillThere) navigate(conversationPath(to), { replace: from === null });
}
