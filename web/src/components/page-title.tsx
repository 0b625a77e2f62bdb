import { useEffect } from 'react';

/** Names the page in the browser's tab; null: the console itself. */
export function PageTitle({ name }: { name: string | null }) {
  useEffect(() => {
    document.title = name === null ? 'Sophia' : `${name} – Sophia`;
  }, [name]);
  return null;
}
