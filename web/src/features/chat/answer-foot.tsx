import { Button } from '@mantine/core';

import type { Source } from '../../api/types';
import classes from './chat.module.css';

interface AnswerFootProps {
  sources: readonly Source[];
  suggestions: readonly string[];
  onSay: ((message: string) => Promise<void>) | null;
}

/** Where an answer comes from and what one may say next. */
export function AnswerFoot({ sources, suggestions, onSay }: AnswerFootProps) {
  return (
    <>
      {sources.length > 0 && (
        <ul className={classes.sources} aria-label="Sources">
          {sources.map((source, index) => (
            <li key={index} title={`${source.type}, confidence ${percent(source.confidence)}`}>
              <span className={classes.sourceType}>{source.type}</span>
              {source.name}
              <span className={classes.confidence}>{percent(source.confidence)}</span>
            </li>
          ))}
        </ul>
      )}
      {onSay !== null && suggestions.length > 0 && (
        <div className={classes.suggestions} role="group" aria-label="Suggestions">
          {suggestions.map((suggestion) => (
            <Button
              key={suggestion}
              size="xs"
              radius="xl"
              variant="default"
              className={classes.suggestion}
              onClick={() => void onSay(suggestion)}
            >
              {suggestion}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
