import { FrameReader } from '../lib/sse';
import { backOffMs, wait } from '../lib/wait';
import { openStream } from './client';
import { eventOf, isAfter, type PlacedEvent, type Position, positionText, START } from './events';
import { ApiError } from './problem';

/** A stream sends something every few seconds, if only a comment; silence means that it is dead. */
const SILENCE_MS = 30_000;

export interface Following {
  turnId: string;
  /** The place of the last event already seen. */
  after: Position;
  signal: AbortSignal;
  onEvents: (events: PlacedEvent[]) => void;
  /** Says that the stream broke and is being taken up again, or that it is back. */
  onLost: (isLost: boolean) => void;
  /** The stream that the turn began with, when there is one. */
  first?: Response | undefined;
}

/** Follow a turn to its last event, taking the stream up again as often as it breaks. */
export async function followTurn(following: Following): Promise<void> {
  const { turnId, signal, onLost } = following;
  let last = following.after;
  let response = following.first;
  let failures = 0;
  const isLeft = () => signal.aborted;
  while (!isLeft()) {
    const seen = last;
    try {
      response ??= await openEvents(turnId, last, signal);
      onLost(false);
      const isDone = await readEvents(response, signal, (events) => {
        last = events.at(-1)?.position ?? last;
        following.onEvents(events);
      });
      if (isDone) return;
    } catch (error) {
      if (isLeft()) return;
      if (error instanceof ApiError && !error.isPassing) throw error;
    }
    response = undefined;
    failures = isAfter(last, seen) ? 1 : failures + 1;
    onLost(true);
    await wait(backOffMs(failures), signal);
  }
}

function openEvents(turnId: string, after: Position, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (isAfter(after, START)) headers['Last-Event-ID'] = positionText(after);
  return openStream(`/api/v1/turns/${turnId}/events`, { headers, signal });
}

/** Read a stream; says whether it came to its [DONE]. */
async function readEvents(
  response: Response,
  signal: AbortSignal,
  onEvents: (events: PlacedEvent[]) => void,
): Promise<boolean> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return false;
  const frames = new FrameReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  let silence = setTimeout(cancel, SILENCE_MS);
  signal.addEventListener('abort', cancel);
  try {
    for (;;) {
      const { done: isOver, value } = await reader.read();
      if (isOver) return false;
      clearTimeout(silence);
      silence = setTimeout(cancel, SILENCE_MS);
      const found = frames.push(value);
      const events = found.map(eventOf).filter((event) => event !== null);
      if (events.length > 0) onEvents(events);
      if (found.some((frame) => frame.data === '[DONE]')) return true;
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}
