import { useCallback, useState } from 'react';

import { DRAFTS, keep, readKept } from '../../lib/kept';

interface Draft {
  key: string;
  text: string;
}

/** The unsent message of a conversation. It outlives a reload, and a message that is refused. */
export function useDraft(sessionId: string | null) {
  const key = DRAFTS + (sessionId ?? 'new');
  const [draft, setDraft] = useState<Draft>(() => ({ key, text: readKept(key) }));
  if (draft.key !== key) setDraft({ key, text: readKept(key) });

  const write = useCallback(
    (text: string) => {
      setDraft({ key, text });
      keep(key, text);
    },
    [key],
  );

  /** Take a message that goes out from view; it is kept until it is known to have arrived. */
  const hold = useCallback(
    (message: string) => {
      setDraft((now) => (now.text === message ? { key, text: '' } : now));
      keep(key, message);
    },
    [key],
  );

  const letGo = useCallback(
    (message: string) => {
      if (readKept(key) === message) keep(key, '');
    },
    [key],
  );

  /** Give a refused message back, before whatever was written meanwhile. */
  const giveBack = useCallback(
    (message: string) => {
      const meanwhile = readKept(key);
      const isMore = meanwhile !== '' && meanwhile !== message;
      const text = isMore ? `${message}\n\n${meanwhile}` : message;
      keep(key, text);
      setDraft((now) => (now.key === key ? { key, text } : now));
    },
    [key],
  );

  return { text: draft.text, write, hold, letGo, giveBack };
}
