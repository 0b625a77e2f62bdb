import { expect, test } from 'vitest';

import { resultOf, serverOf, summaryOf } from './tool-texts';

test('a call is summed up alike in whatever order its arguments come', () => {
  const summary = 'our deploy window is Friday · technical · 5';
  const text = 'our deploy\nwindow is Friday';
  expect(summaryOf({ category: 'technical', content: text, limit: 5 })).toBe(summary);
  expect(summaryOf({ limit: 5, content: text, category: 'technical' })).toBe(summary);
});

test('a summary leaves out what says nothing and ends somewhere', () => {
  expect(summaryOf({ a: '', b: null, c: ['x'] })).toBe('["x"]');
  expect(summaryOf({ a: 'x'.repeat(1000) })).toHaveLength(161);
});

test('a tool belongs to the server before its name', () => {
  expect(serverOf('memory__store_memory')).toBe('memory');
  expect(serverOf('clock')).toBe('built in');
});

test('a result is laid out when it is data', () => {
  const outcome = { text: '', structured: null, isError: false, durationS: 0 };
  expect(resultOf({ ...outcome, structured: { a: 1 } })).toBe('{\n  "a": 1\n}');
  expect(resultOf({ ...outcome, text: '[1]' })).toBe('[\n  1\n]');
  expect(resultOf({ ...outcome, text: '12 rows' })).toBe('12 rows');
  expect(resultOf(outcome)).toBe('(nothing)');
});
