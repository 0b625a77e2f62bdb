import type { Frame } from '../lib/sse';
import type { Source } from './types';

/** What happens in a turn: src/sophia/core/events.py as it goes over the wire. */
export type TurnEvent =
  | { type: 'turn.started'; model: string }
  | { type: 'memory.recalled'; memories: RecalledMemory[] }
  | { type: 'step.started'; step: number }
  | { type: 'step.finished'; step: number }
  | { type: 'text.delta'; text: string }
  | { type: 'reasoning.delta'; text: string }
  | ToolStarted
  | ToolFinished
  | ApprovalRequested
  | ApprovalAnswered
  | { type: 'turn.finished'; model: string; sources: Source[]; suggestions: string[] }
  | { type: 'turn.failed'; code: string; message: string }
  | { type: 'turn.stopped' };

export interface RecalledMemory {
  memory_id: string;
  content: string;
  score: number;
  when: string;
  speaker: string;
  is_untrusted: boolean;
}

export interface ToolStarted {
  type: 'tool.started';
  call_id: string;
  tool: string;
  arguments: Record<string, unknown>;
}

export interface ToolFinished {
  type: 'tool.finished';
  call_id: string;
  tool: string;
  text: string;
  structured: Record<string, unknown> | null;
  is_error: boolean;
  duration_s: number;
}

export interface ApprovalRequested {
  type: 'approval.requested';
  approval_id: string;
  call_id: string;
  tool: string;
  arguments: Record<string, unknown>;
  tool_class: string;
  reason: string;
  expires_at: string;
}

export interface ApprovalAnswered {
  type: 'approval.answered';
  approval_id: string;
  call_id: string;
  decision: string;
}

/** An event's place in its turn: the attempt, then the number within it. */
export interface Position {
  attempt: number;
  number: number;
}

export interface PlacedEvent {
  position: Position;
  event: TurnEvent;
}

export const START: Position = { attempt: 0, number: 0 };

export function isAfter(one: Position, other: Position): boolean {
  return (
    one.attempt > other.attempt || (one.attempt === other.attempt && one.number > other.number)
  );
}

export function positionText(position: Position): string {
  return `${position.attempt}-${position.number}`;
}

function parsePosition(text: string): Position | null {
  const found = /^(\d+)-(\d+)$/.exec(text);
  return found === null ? null : { attempt: Number(found[1]), number: Number(found[2]) };
}

/** Read a frame of a turn's stream; null for one that a later version may have added. */
export function eventOf(frame: Frame): PlacedEvent | null {
  const position = frame.id === null ? null : parsePosition(frame.id);
  if (position === null) return null;
  return { position, event: JSON.parse(frame.data) as TurnEvent };
}
