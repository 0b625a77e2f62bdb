import { expect, test } from 'vitest';

import { conversationPath, routeOf } from './router';

const ID = '01a207c2-b6ae-7882-b135-6c060a39e82c';

test('every page has its address', () => {
  expect(routeOf('/')).toEqual({ page: 'chat', sessionId: null });
  expect(routeOf(`/c/${ID}`)).toEqual({ page: 'chat', sessionId: ID });
  expect(routeOf('/account/')).toEqual({ page: 'account' });
  expect(routeOf('/sign-in')).toEqual({ page: 'sign-in' });
});

test('an address of nothing is missing', () => {
  expect(routeOf('/c/1')).toEqual({ page: 'missing' });
  expect(routeOf('/elsewhere')).toEqual({ page: 'missing' });
});

test('the path of a conversation leads back to it', () => {
  expect(routeOf(conversationPath(ID))).toEqual({ page: 'chat', sessionId: ID });
  expect(routeOf(conversationPath(null))).toEqual({ page: 'chat', sessionId: null });
});
