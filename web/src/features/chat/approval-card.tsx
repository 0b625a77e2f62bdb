import { Button } from '@mantine/core';

import { ErrorNote } from '../../components/error-note';
import classes from './approval-card.module.css';
import type { ApprovalView, CallView } from './fold';
import { useAnswer } from './use-answer';
import { Verbatim } from './verbatim';

interface ApprovalCardProps {
  call: CallView;
  approval: ApprovalView;
}

const REASONS: Record<string, string> = {
  policy: 'The rules for tools want a person to look at this call before it runs.',
  taint: 'This conversation holds text of third parties, which may have led to this call.',
};

/** The question whether a tool call may run, with exactly what it would do. */
export function ApprovalCard({ call, approval }: ApprovalCardProps) {
  const { answer, isAnswering, error } = useAnswer(approval.approvalId);
  return (
    <div className={classes.card} role="group" aria-label={`Approval of ${call.tool}`}>
      <p role="status" className={classes.question}>
        Run <strong>{call.tool}</strong> ({approval.toolClass})?{' '}
        {REASONS[approval.reason] ?? REASONS.policy}
      </p>
      <Verbatim label="Arguments" text={JSON.stringify(call.arguments, null, 2)} />
      <div className={classes.answers}>
        <Button size="xs" disabled={isAnswering} onClick={() => answer('approve')}>
          Approve
        </Button>
        <Button size="xs" variant="default" disabled={isAnswering} onClick={() => answer('deny')}>
          Deny
        </Button>
        <span className={classes.time}>
          Until {new Date(approval.expiresAt).toLocaleTimeString()}
        </span>
      </div>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}
