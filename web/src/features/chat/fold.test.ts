import { expect, test } from 'vitest';

import type { PlacedEvent, TurnEvent } from '../../api/events';
import type { Turn } from '../../api/types';
import { EMPTY_VIEW, fold, responseOf, type TurnView, viewOf } from './fold';
import { begunTurn } from './begun-turn';

function placed(events: TurnEvent[], attempt = 1): PlacedEvent[] {
  return events.map((event, index) => ({ position: { attempt, number: index + 1 }, event }));
}

const SEARCH: TurnEvent[] = [
  { type: 'turn.started', model: 'm' },
  { type: 'step.started', step: 0 },
  { type: 'text.delta', text: 'Let me ' },
  { type: 'text.delta', text: 'look. 🔎' },
  { type: 'tool.started', call_id: 'a', tool: 'memory__search', arguments: { query: 'x' } },
  {
    type: 'tool.finished',
    call_id: 'a',
    tool: 'memory__search',
    text: 'found',
    structured: null,
    is_error: false,
    duration_s: 0.5,
  },
  { type: 'step.started', step: 1 },
  { type: 'text.delta', text: 'It is Friday.' },
  { type: 'turn.finished', model: 'm', sources: [], suggestions: ['More?'] },
];

/** What a reader sees, in its order. */
function shown(view: TurnView): string[] {
  return view.steps.flatMap((step) => [
    ...(step.text.trim() === '' ? [] : [step.text.trim()]),
    ...step.calls.map((call) => call.tool),
  ]);
}

test('text and tool calls keep their order', () => {
  const view = fold(EMPTY_VIEW, placed(SEARCH));
  expect(shown(view)).toEqual(['Let me look. 🔎', 'memory__search', 'It is Friday.']);
  expect(view.ending).toEqual({ is: 'done', sources: [], suggestions: ['More?'] });
  expect(view.steps[0]?.calls[0]?.outcome?.durationS).toBe(0.5);
});

test('a question for approval waits at its call until it is answered', () => {
  const asked: TurnEvent[] = [
    { type: 'step.started', step: 0 },
    { type: 'tool.started', call_id: 'a', tool: 'memory__delete_memory', arguments: { id: 7 } },
    { type: 'tool.started', call_id: 'b', tool: 'memory__store_memory', arguments: {} },
    {
      type: 'approval.requested',
      approval_id: 'q',
      call_id: 'a',
      tool: 'memory__delete_memory',
      arguments: { id: 7 },
      tool_class: 'destructive',
      reason: 'policy',
      expires_at: '2026-11-23T09:05:00Z',
    },
  ];
  const waiting = fold(EMPTY_VIEW, placed(asked));
  expect(waiting.steps[0]?.calls.map((call) => call.approval?.decision)).toEqual([null, undefined]);
  const answered = fold(
    waiting,
    placed([{ type: 'approval.answered', approval_id: 'q', call_id: 'a', decision: 'denied' }], 2),
  );
  expect(answered.steps[0]?.calls[0]?.approval?.decision).toBe('denied');
});

test('events that were seen already change nothing', () => {
  const events = placed(SEARCH);
  const once = fold(EMPTY_VIEW, events);
  expect(fold(once, events.slice(3))).toBe(once);
  expect(fold(fold(EMPTY_VIEW, events.slice(0, 5)), events)).toEqual(once);
});

test('a step that begins again takes back what was said in it', () => {
  const half = fold(EMPTY_VIEW, placed(SEARCH.slice(0, 8)));
  const again = fold(
    half,
    placed(
      [
        { type: 'turn.started', model: 'm' },
        { type: 'step.started', step: 1 },
        { type: 'text.delta', text: 'On Friday.' },
      ],
      2,
    ),
  );
  expect(shown(again)).toEqual(['Let me look. 🔎', 'memory__search', 'On Friday.']);
});

test('an event of a later version is passed over', () => {
  const unknown = { type: 'turn.dreamt' } as unknown as TurnEvent;
  expect(fold(EMPTY_VIEW, placed([unknown])).steps).toEqual([]);
});

test('a stored turn shows what was seen live, whatever characters it has', () => {
  const live = fold(EMPTY_VIEW, placed(SEARCH));
  const stored: Turn = {
    ...begunTurn({ turnId: 't', sessionId: 's', message: 'When?', parentId: null }),
    status: 'done',
    model: 'm',
    response: 'Let me look. 🔎\n\nIt is Friday.',
    tool_calls: [
      {
        call_id: 'a',
        tool: 'memory__search',
        arguments: { query: 'x' },
        text: 'found',
        structured: null,
        is_error: false,
        duration_s: 0.5,
        response_offset: 14,
        approval: null,
      },
    ],
    suggestions: ['More?'],
  };
  const view = viewOf(stored);
  expect(shown(view)).toEqual(shown(live));
  expect(responseOf(view)).toBe(responseOf(live));
  expect(view.ending).toEqual(live.ending);
});

test('a stored turn that failed says why', () => {
  const error = { code: 'model.timeout', message: 'No answer in time.' };
  const view = viewOf({
    ...begunTurn({ turnId: 't', sessionId: 's', message: 'Hi', parentId: null }),
    status: 'failed',
    error,
  });
  expect(view.ending).toEqual({ is: 'failed', ...error });
});
