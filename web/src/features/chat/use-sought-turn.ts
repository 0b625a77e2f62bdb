import { useEffect } from 'react';

import type { Turn } from '../../api/types';
import { useAnchor } from '../../lib/router';

interface Sought {
  turns: readonly Turn[];
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder: () => void;
  show: (turnId: string) => void;
}

/** Bring the turn that the address names into view, however early it was. Gives its id. */
export function useSoughtTurn(sought: Sought): string | null {
  const { turns, hasOlder, isLoadingOlder, loadOlder, show } = sought;
  const anchor = useAnchor();
  const isThere = turns.some((turn) => turn.turn_id === anchor);
  const isEarlier = anchor !== '' && !isThere && hasOlder && !isLoadingOlder;

  useEffect(() => {
    if (isEarlier) loadOlder();
  }, [isEarlier, loadOlder]);

  useEffect(() => {
    if (!isThere) return undefined;
    show(anchor);
    // Its line is shown first.
    const frame = requestAnimationFrame(() =>
      document.getElementById(anchor)?.scrollIntoView({ block: 'start' }),
    );
    return () => cancelAnimationFrame(frame);
    // Turns that come later are no reason to go back to it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [anchor, isThere]);

  return isThere ? anchor : null;
}
