import { Code, Text, Title, UnstyledButton } from '@mantine/core';

import { Mark } from '../../components/icons';
import { PageTitle } from '../../components/page-title';
import classes from './empty-state.module.css';

const SUGGESTIONS = [
  'Remember that our deploy window is Friday 15:00 UTC',
  'When is our deploy window?',
  'What do you remember?',
];

interface EmptyStateProps {
  hasOnlyBuiltin: boolean;
  /** None: whoever looks may not write. */
  onPick: ((text: string) => void) | null;
}

export function EmptyState({ hasOnlyBuiltin, onPick }: EmptyStateProps) {
  return (
    <div className={classes.empty}>
      <PageTitle name={null} />
      <Mark size={44} />
      <Title order={1} size="h3">
        What can I do for you?
      </Title>
      {onPick !== null && (
        <div className={classes.starters}>
          {SUGGESTIONS.map((text) => (
            <UnstyledButton key={text} className={classes.starter} onClick={() => onPick(text)}>
              {text}
            </UnstyledButton>
          ))}
        </div>
      )}
      {hasOnlyBuiltin && (
        <Text size="sm" c="dimmed" className={classes.hint}>
          The built-in assistant answers. To add a model, set <Code>OPENAI_API_KEY</Code> or{' '}
          <Code>ANTHROPIC_API_KEY</Code>, or run Ollama, then restart.
        </Text>
      )}
    </div>
  );
}
