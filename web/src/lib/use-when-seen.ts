import { type RefObject, useEffect, useRef } from 'react';

/** Call when an element scrolls into view, as long as `isWanted`. */
export function useWhenSeen(call: () => void, isWanted: boolean): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  const latest = useRef(call);
  useEffect(() => {
    latest.current = call;
  });
  useEffect(() => {
    const element = ref.current;
    if (!isWanted || element === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) latest.current();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isWanted]);
  return ref;
}
