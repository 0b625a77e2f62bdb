import { ActionIcon } from '@mantine/core';
import { memo, useEffect, useRef } from 'react';

import type { Turn } from '../../api/types';
import { CopyButton } from '../../components/copy-button';
import { ErrorNote } from '../../components/error-note';
import { Mark, RetryIcon } from '../../components/icons';
import { Markdown } from '../../components/markdown';
import { AnswerFoot } from './answer-foot';
import classes from './chat.module.css';
import { EndingNote } from './ending-note';
import { responseOf, type StepView } from './fold';
import { Reasoning } from './reasoning';
import { ToolCard } from './tool-card';
import { useLiveTurn } from './use-live-turn';
import { Waiting } from './waiting';

interface SophiaMessageProps {
  turn: Turn;
  isFollowed: boolean;
  onSay: ((message: string) => Promise<void>) | null;
  onAgain: ((turn: Turn, message: string) => Promise<void>) | null;
  /** Told the answer once it is complete, when it was seen to come. */
  onAnswer: ((answer: string) => void) | null;
}

export const SophiaMessage = memo(function SophiaMessage(props: SophiaMessageProps) {
  const { turn, isFollowed, onSay, onAgain, onAnswer } = props;
  const { view, isRunning, isLost, error } = useLiveTurn(turn, isFollowed);
  const response = responseOf(view);
  const wasRunning = useRef(false);

  useEffect(() => {
    if (isRunning) wasRunning.current = true;
    else if (wasRunning.current) {
      wasRunning.current = false;
      onAnswer?.(response === '' ? 'Sophia gave no answer.' : `Sophia: ${response}`);
    }
  }, [isRunning, response, onAnswer]);

  const again = onAgain && (() => void onAgain(turn, turn.message));
  const isLastStep = (step: StepView) => step === view.steps.at(-1);
  return (
    <article className={classes.sophia} aria-label="Sophia" aria-busy={isRunning}>
      <div className={classes.mark}>
        <Mark size={22} />
      </div>
      <div className={classes.answer}>
        {view.steps.map((step, index) => (
          // A step keeps its place; a new attempt takes the place of the one before.
          <Step key={index} step={step} isRunning={isRunning && isLastStep(step)} />
        ))}
        {isRunning && <Waiting view={view} isLost={isLost} />}
        {error !== null && <ErrorNote error={error} />}
        {view.ending !== null && <EndingNote ending={view.ending} onAgain={again} />}
        {view.ending?.is === 'done' && (
          <AnswerFoot
            sources={view.ending.sources}
            suggestions={view.ending.suggestions}
            onSay={onSay}
          />
        )}
        {!isRunning && response !== '' && (
          <div className={classes.tools}>
            <CopyButton text={response} label="Copy answer" />
            {again !== null && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label="Answer again"
                title="Answer again"
                onClick={again}
              >
                <RetryIcon size={15} />
              </ActionIcon>
            )}
            {view.model !== null && <span className={classes.model}>{view.model}</span>}
          </div>
        )}
      </div>
    </article>
  );
});

const Step = memo(function Step({ step, isRunning }: { step: StepView; isRunning: boolean }) {
  const isThinking = isRunning && step.text === '' && step.calls.length === 0;
  return (
    <>
      {step.reasoning !== '' && <Reasoning text={step.reasoning} isThinking={isThinking} />}
      {step.text.trim() !== '' && <Markdown text={step.text} />}
      {step.calls.length > 0 && (
        <div className={classes.calls}>
          {step.calls.map((call) => (
            <ToolCard key={call.callId} call={call} isRunning={isRunning} />
          ))}
        </div>
      )}
    </>
  );
});
