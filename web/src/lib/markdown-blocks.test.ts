import { expect, test } from 'vitest';

import { markdownBlocks } from './markdown-blocks';

test('paragraphs and headings stand apart', () => {
  expect(markdownBlocks('# A\n\nb\nc\n\nd')).toEqual(['# A\n', 'b\nc\n', 'd']);
});

test('a list stays in one piece', () => {
  const list = '- a\n\n- b\n\n  more of b\n\n1. c';
  expect(markdownBlocks(list)).toEqual([list]);
});

test('code stays in one piece, closed or not', () => {
  const code = '```python\na\n\nb\n```';
  expect(markdownBlocks(`${code}\n\nafter`)).toEqual([`${code}\n`, 'after']);
  expect(markdownBlocks('````\n```\n\nstill code')).toEqual(['````\n```\n\nstill code']);
});

test('text with references is not cut', () => {
  const text = 'See [this].\n\nMore.\n\n[this]: https://example.org';
  expect(markdownBlocks(text)).toEqual([text]);
});

test('nothing is lost, and what came before does not change while text grows', () => {
  const text =
    'One.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\nTwo.\n\n```\nx\n\ny\n```\n\nEnd.';
  let before: string[] = [];
  for (let length = 1; length <= text.length; length += 1) {
    const blocks = markdownBlocks(text.slice(0, length));
    expect(blocks.join('\n')).toBe(text.slice(0, length));
    expect(blocks.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    before = blocks;
  }
});
