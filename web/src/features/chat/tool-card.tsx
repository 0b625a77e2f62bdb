import { Loader, VisuallyHidden } from '@mantine/core';
import { memo, useId, useState } from 'react';

import { CopyButton } from '../../components/copy-button';
import { AlertIcon, CheckIcon, ChevronIcon, StopIcon } from '../../components/icons';
import { duration } from '../../lib/format';
import { ApprovalCard } from './approval-card';
import classes from './tool-card.module.css';
import type { CallView } from './fold';
import { serverOf, summaryOf, resultOf } from './tool-texts';
import { Verbatim } from './verbatim';

interface ToolCardProps {
  call: CallView;
  /** Whether an outcome can still come. */
  isRunning: boolean;
}

/** A tool call in one line; its arguments and result behind it. */
export const ToolCard = memo(function ToolCard({ call, isRunning }: ToolCardProps) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const { outcome } = call;
  return (
    <div className={classes.card} data-error={outcome?.isError === true || undefined}>
      <button
        type="button"
        className={classes.head}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
      >
        <State call={call} isRunning={isRunning} />
        <span className={classes.name}>{call.tool}</span>
        <span className={classes.summary}>{summaryOf(call.arguments)}</span>
        {outcome !== null && <span className={classes.time}>{duration(outcome.durationS)}</span>}
        <ChevronIcon size={14} className={classes.chevron} />
      </button>
      {call.approval?.decision === null && isRunning && (
        <ApprovalCard call={call} approval={call.approval} />
      )}
      {isOpen && (
        <div id={id} className={classes.body}>
          <div className={classes.facts}>
            Server <strong>{serverOf(call.tool)}</strong>
          </div>
          <Part title="Arguments" text={JSON.stringify(call.arguments, null, 2)} />
          {outcome !== null && (
            <Part title={outcome.isError ? 'Error' : 'Result'} text={resultOf(outcome)} />
          )}
        </div>
      )}
    </div>
  );
});

function State({ call, isRunning }: ToolCardProps) {
  if (call.outcome === null) {
    return isRunning ? (
      <span className={classes.state}>
        <Loader size={14} />
        <VisuallyHidden>Running </VisuallyHidden>
      </span>
    ) : (
      <span className={classes.state}>
        <StopIcon size={16} />
        <VisuallyHidden>Not finished </VisuallyHidden>
      </span>
    );
  }
  return call.outcome.isError ? (
    <span className={classes.state} data-is="failed">
      <AlertIcon size={16} />
      <VisuallyHidden>Failed </VisuallyHidden>
    </span>
  ) : (
    <span className={classes.state} data-is="done">
      <CheckIcon size={16} />
      <VisuallyHidden>Done </VisuallyHidden>
    </span>
  );
}

function Part({ title, text }: { title: string; text: string }) {
  return (
    <div className={classes.part}>
      <div className={classes.partHead}>
        {title}
        <CopyButton text={text} label={`Copy ${title.toLowerCase()}`} />
      </div>
      <Verbatim label={title} text={text} />
    </div>
  );
}
