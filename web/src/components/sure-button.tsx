import { Button } from '@mantine/core';
import { useState } from 'react';

interface SureButtonProps {
  /** What the button does, and to what: "Delete", "the team Sales". */
  verb: string;
  what: string;
  isPending: boolean;
  onSure: () => void;
}

/** Does at the second press what cannot be taken back; leaving it forgets the first. */
export function SureButton({ verb, what, isPending, onSure }: SureButtonProps) {
  const [isSure, setIsSure] = useState(false);
  return (
    <Button
      size="compact-sm"
      variant={isSure ? 'filled' : 'light'}
      color="red"
      aria-label={isSure ? `Really ${verb.toLowerCase()} ${what}` : `${verb} ${what}`}
      loading={isPending}
      onClick={() => {
        if (isSure) onSure();
        setIsSure(!isSure);
      }}
      onBlur={() => setIsSure(false)}
    >
      {isSure ? 'Really?' : verb}
    </Button>
  );
}
