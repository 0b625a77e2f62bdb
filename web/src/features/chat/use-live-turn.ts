import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';

import { keys } from '../../api/keys';
import type { ApiError } from '../../api/problem';
import type { Turn } from '../../api/types';
import { type TurnView, viewOf } from './fold';
import { liveTurns } from './live-turns';
import { isActive, rebegunTurn } from './use-turns';

interface ShownTurn {
  view: TurnView;
  isRunning: boolean;
  isLost: boolean;
  error: ApiError | null;
}

/** A turn as it is to be shown: followed while it runs, else as it is stored. */
export function useLiveTurn(turn: Turn, isFollowed: boolean): ShownTurn {
  const client = useQueryClient();
  const { turn_id: turnId, session_id: sessionId } = turn;
  const store = liveTurns.of(turnId);
  const live = useSyncExternalStore(store.subscribe, store.get);
  const stored = useMemo(() => viewOf(turn), [turn]);
  const shouldFollow = isFollowed && !live.isOver;
  const isNewsToUs = live.isOver && isActive(turn);

  useEffect(() => {
    if (!shouldFollow) return undefined;
    liveTurns.follow(turnId);
    return () => liveTurns.release(turnId);
  }, [shouldFollow, turnId]);

  useEffect(() => {
    if (!isNewsToUs) return;
    void rebegunTurn(client, { turnId, sessionId });
    void client.invalidateQueries({ queryKey: keys.conversations });
  }, [isNewsToUs, client, turnId, sessionId]);

  // What was seen live keeps its reasoning between its steps; the stored turn has it all at once.
  const isLiveBetter = live.view.ending !== null || (isActive(turn) && live.view.steps.length > 0);
  const view = isLiveBetter ? live.view : stored;
  return {
    view,
    isRunning: view.ending === null && !live.isOver && isActive(turn),
    isLost: live.isLost,
    error: view.ending === null ? live.error : null,
  };
}
