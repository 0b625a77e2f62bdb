import { expect, test } from 'vitest';

import { clientName } from './client-name';

test('browsers are called as people call them', () => {
  const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15';
  expect(clientName(`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${safari}`)).toBe(
    'Safari on macOS',
  );
  expect(
    clientName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36'),
  ).toBe('Chrome on Linux');
});

test('other clients keep their own name', () => {
  expect(clientName('python-httpx/1.0')).toBe('python-httpx/1.0');
  expect(clientName('')).toBe('Unknown client');
});
