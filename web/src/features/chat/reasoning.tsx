import { useId, useState } from 'react';

import { ChevronIcon } from '../../components/icons';
import classes from './chat.module.css';

export function Reasoning({ text, isThinking }: { text: string; isThinking: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  return (
    <div className={classes.reasoning}>
      <button
        type="button"
        className={classes.fold}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
      >
        <ChevronIcon size={14} className={classes.chevron} />
        {isThinking ? 'Reasoning…' : 'Reasoning'}
      </button>
      {isOpen && (
        <div id={id} className={classes.thoughts}>
          {text}
        </div>
      )}
    </div>
  );
}
