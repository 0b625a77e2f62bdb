import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';

/** So near to the end counts as being there. */
const NEAR_PX = 48;

interface StickToBottom {
  frameRef: RefObject<HTMLDivElement | null>;
  contentRef: RefObject<HTMLDivElement | null>;
  isAtBottom: boolean;
  onScroll: () => void;
  /** Go to the end and stay there while the content grows. */
  stick: () => void;
}

/** Keep the end of growing content in view unless the reader has scrolled away from it. */
export function useStickToBottom(key: string | null): StickToBottom {
  const frameRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const isSticking = useRef(true);
  const lastTop = useRef(0);
  const [isAtBottom, setIsAtBottom] = useState(true);
  const [seenKey, setSeenKey] = useState(key);
  if (seenKey !== key) {
    setSeenKey(key);
    setIsAtBottom(true);
  }

  const stick = useCallback(() => {
    isSticking.current = true;
    setIsAtBottom(true);
    toEnd(frameRef.current);
  }, []);

  const onScroll = useCallback(() => {
    const frame = frameRef.current;
    if (frame === null) return;
    // Growth alone moves the end away without moving the reader: only scrolling up lets go.
    if (isNearEnd(frame)) isSticking.current = true;
    else if (frame.scrollTop < lastTop.current) isSticking.current = false;
    lastTop.current = frame.scrollTop;
    setIsAtBottom(isSticking.current);
  }, []);

  useEffect(() => {
    isSticking.current = true;
    toEnd(frameRef.current);
  }, [key]);

  useEffect(() => {
    const [frame, content] = [frameRef.current, contentRef.current];
    if (frame === null || content === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (isSticking.current) toEnd(frame);
      else setIsAtBottom(isNearEnd(frame));
    });
    observer.observe(content);
    observer.observe(frame);
    // Whoever unfolds something wants to see that, not the end.
    const letGo = (event: Event) => {
      const isFold = event.target instanceof Element && event.target.closest('[aria-expanded]');
      if (isFold) isSticking.current = false;
    };
    content.addEventListener('click', letGo);
    return () => {
      observer.disconnect();
      content.removeEventListener('click', letGo);
    };
  }, []);

  return useMemo(
    () => ({ frameRef, contentRef, isAtBottom, onScroll, stick }),
    [isAtBottom, onScroll, stick],
  );
}

function toEnd(frame: HTMLElement | null): void {
  if (frame !== null) frame.scrollTop = frame.scrollHeight;
}

function isNearEnd(frame: HTMLElement): boolean {
  return frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR_PX;
}
