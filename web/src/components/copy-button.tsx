import { ActionIcon } from '@mantine/core';
import { useEffect, useState } from 'react';

import { copyText } from '../lib/clipboard';
import { CheckIcon, CopyIcon } from './icons';

/** Copies text and says for a moment that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setIsCopied] = useState(false);

  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setIsCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [isCopied]);

  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={isCopied ? 'Copied' : label}
      title={isCopied ? 'Copied' : label}
      onClick={() => void copyText(text).then(setIsCopied)}
    >
      {isCopied ? <CheckIcon size={15} /> : <CopyIcon size={15} />}
    </ActionIcon>
  );
}
