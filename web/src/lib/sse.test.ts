import { expect, test } from 'vitest';

import { FrameReader } from './sse';

const STREAM =
  'id: 1-1\ndata: {"a":1}\n\n: keep-alive\n\nid: 1-2\r\ndata: b\r\n\r\ndata: [DONE]\n\n';
const FRAMES = [
  { id: '1-1', data: '{"a":1}' },
  { id: '1-2', data: 'b' },
  { id: null, data: '[DONE]' },
];

test('frames come out whole wherever the network cuts the stream', () => {
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    const reader = new FrameReader();
    const found = [...reader.push(STREAM.slice(0, cut)), ...reader.push(STREAM.slice(cut))];
    expect(found, `cut at ${cut}`).toEqual(FRAMES);
  }
});

test('a frame that is not complete is kept back', () => {
  const reader = new FrameReader();
  expect(reader.push('data: half')).toEqual([]);
  expect(reader.push(' whole\n\n')).toEqual([{ id: null, data: 'half whole' }]);
});

test('lines of data are one text', () => {
  expect(new FrameReader().push('data: a\ndata:b\n\n')).toEqual([{ id: null, data: 'a\nb' }]);
});
