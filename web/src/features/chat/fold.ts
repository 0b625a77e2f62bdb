import {
  type ApprovalAnswered,
  type ApprovalRequested,
  isAfter,
  type PlacedEvent,
  type Position,
  START,
  type ToolFinished,
  type ToolStarted,
  type TurnEvent,
} from '../../api/events';
import type { Source, ToolCall, Turn } from '../../api/types';

export interface Outcome {
  text: string;
  structured: Record<string, unknown> | null;
  isError: boolean;
  durationS: number;
}

/** A question for approval; `decision` is null while it waits. */
export interface ApprovalView {
  approvalId: string;
  toolClass: string;
  reason: string;
  expiresAt: string;
  decision: string | null;
}

export interface CallView {
  callId: string;
  tool: string;
  arguments: Record<string, unknown>;
  outcome: Outcome | null;
  approval: ApprovalView | null;
}

/** One call of the model: what it thought, said and asked for. */
export interface StepView {
  reasoning: string;
  text: string;
  calls: readonly CallView[];
}

export type Ending =
  | { is: 'done'; sources: readonly Source[]; suggestions: readonly string[] }
  | { is: 'failed'; code: string; message: string }
  | { is: 'stopped' };

/** A turn as it stands after the events folded so far. */
export interface TurnView {
  position: Position;
  model: string | null;
  steps: readonly StepView[];
  ending: Ending | null;
}

export const EMPTY_VIEW: TurnView = { position: START, model: null, steps: [], ending: null };
const EMPTY_STEP: StepView = { reasoning: '', text: '', calls: [] };

/** Fold events into a view; those at or before its position were seen already. */
export function fold(view: TurnView, events: readonly PlacedEvent[]): TurnView {
  return events.reduce(
    (before, { position, event }) =>
      isAfter(position, before.position) ? { ...applied(before, event), position } : before,
    view,
  );
}

function applied(view: TurnView, event: TurnEvent): TurnView {
  switch (event.type) {
    case 'turn.started':
      return { ...view, model: event.model };
    case 'step.started':
      return { ...view, steps: [...view.steps.slice(0, event.step), EMPTY_STEP] };
    case 'text.delta':
      return inLastStep(view, (step) => ({ ...step, text: step.text + event.text }));
    case 'reasoning.delta':
      return inLastStep(view, (step) => ({ ...step, reasoning: step.reasoning + event.text }));
    case 'tool.started':
      return inLastStep(view, (step) => ({ ...step, calls: [...step.calls, callOf(event)] }));
    case 'tool.finished':
      return { ...view, steps: withOutcome(view.steps, event) };
    case 'approval.requested':
    case 'approval.answered':
      return inLastStep(view, (step) => withApproval(step, event));
    case 'turn.finished': {
      const { sources, suggestions } = event;
      return { ...view, model: event.model, ending: { is: 'done', sources, suggestions } };
    }
    case 'turn.failed':
      return { ...view, ending: { is: 'failed', code: event.code, message: event.message } };
    case 'turn.stopped':
      return { ...view, ending: { is: 'stopped' } };
    default:
      // An event that a later Sophia may send.
      return view;
  }
}

function inLastStep(view: TurnView, change: (step: StepView) => StepView): TurnView {
  const last = view.steps.at(-1) ?? EMPTY_STEP;
  return { ...view, steps: [...view.steps.slice(0, -1), change(last)] };
}

function callOf(event: ToolStarted): CallView {
  return {
    callId: event.call_id,
    tool: event.tool,
    arguments: event.arguments,
    outcome: null,
    approval: null,
  };
}

function withApproval(step: StepView, event: ApprovalRequested | ApprovalAnswered): StepView {
  const calls = step.calls.map((call) => {
    if (event.type === 'approval.answered') {
      return call.approval?.approvalId === event.approval_id
        ? { ...call, approval: { ...call.approval, decision: event.decision } }
        : call;
    }
    const isMeant = call.callId === event.call_id && call.outcome === null;
    return isMeant ? { ...call, approval: askedOf(event) } : call;
  });
  return { ...step, calls };
}

function askedOf(event: ApprovalRequested): ApprovalView {
  return {
    approvalId: event.approval_id,
    toolClass: event.tool_class,
    reason: event.reason,
    expiresAt: event.expires_at,
    decision: null,
  };
}

/** Give the newest call of that id its outcome, in place of any earlier one. */
function withOutcome(steps: readonly StepView[], event: ToolFinished): readonly StepView[] {
  const isMeant = (call: CallView) => call.callId === event.call_id;
  const at = steps.findLastIndex((step) => step.calls.some(isMeant));
  const outcome: Outcome = {
    text: event.text,
    structured: event.structured,
    isError: event.is_error,
    durationS: event.duration_s,
  };
  return steps.map((step, index) =>
    index === at
      ? { ...step, calls: step.calls.map((call) => (isMeant(call) ? { ...call, outcome } : call)) }
      : step,
  );
}

/** The view of a stored turn: its response cut where it called tools. */
export function viewOf(turn: Turn): TurnView {
  // Offsets count characters, not the halves of surrogate pairs.
  const response = Array.from(turn.response);
  const offsets = [...new Set(turn.tool_calls.map((call) => call.response_offset))];
  const steps: StepView[] = offsets.map((offset, index) => ({
    reasoning: '',
    text: response.slice(offsets[index - 1] ?? 0, offset).join(''),
    calls: turn.tool_calls.filter((call) => call.response_offset === offset).map(storedCall),
  }));
  const rest = response.slice(offsets.at(-1) ?? 0).join('');
  if (rest !== '') steps.push({ ...EMPTY_STEP, text: rest });
  if (turn.reasoning !== '') steps.unshift({ ...EMPTY_STEP, reasoning: turn.reasoning });
  return { position: START, model: turn.model, steps, ending: endingOf(turn) };
}

function storedCall(call: ToolCall): CallView {
  const { text, structured, is_error: isError, duration_s: durationS } = call;
  return {
    callId: call.call_id,
    tool: call.tool,
    arguments: call.arguments,
    approval: call.approval === null ? null : storedApproval(call.approval),
    outcome: text === null ? null : { text, structured, isError, durationS: durationS ?? 0 },
  };
}

function storedApproval(approval: NonNullable<ToolCall['approval']>): ApprovalView {
  return {
    approvalId: approval.approval_id,
    toolClass: approval.tool_class,
    reason: approval.reason,
    expiresAt: approval.expires_at,
    decision: approval.decision,
  };
}

function endingOf(turn: Turn): Ending | null {
  if (turn.status === 'done') {
    return { is: 'done', sources: turn.sources, suggestions: turn.suggestions };
  }
  if (turn.status === 'stopped') return { is: 'stopped' };
  if (turn.status !== 'failed') return null;
  return turn.error === null
    ? { is: 'failed', code: 'turn.failed', message: 'The turn ended without an answer.' }
    : { is: 'failed', ...turn.error };
}

/** All that was said, step by step. */
export function responseOf(view: TurnView): string {
  return view.steps
    .map((step) => step.text.trim())
    .filter((text) => text !== '')
    .join('\n\n');
}
