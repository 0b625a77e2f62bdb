import { expect, test } from 'vitest';

import { ApiError } from './problem';
import { type News, Session } from './session';

const USER = { user_id: 'u', name: 'Owner', email: null, role: 'owner', scopes: ['chat:write'] };
const ENDED = [401, { detail: 'Your session has ended: sign in again.' }] as const;

type Answer = readonly [status: number, body: unknown] | 'no network';

/** A session whose server gives these answers in turn. */
function sessionWith(answers: Answer[]) {
  const asked: string[] = [];
  const news: News[] = [];
  let now = 0;
  const send = (path: string) => {
    asked.push(path.replace('/api/v1/auth/', ''));
    const answer = answers.shift() ?? 'no network';
    if (answer === 'no network') return Promise.reject(new TypeError('Failed to fetch'));
    const [status, body] = answer;
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  };
  const session = new Session(
    send,
    (work) => work(),
    () => now,
  );
  session.onNews = (what) => news.push(what);
  return { session, asked, news, pass: (seconds: number) => (now += seconds * 1000) };
}

function signedIn(token: string): Answer {
  return [200, { access_token: token, token_type: 'Bearer', expires_in: 900, user: USER }];
}

test('a link signs in and the other tabs are told', async () => {
  const { session, asked, news } = sessionWith([signedIn('one')]);
  await session.start('token');
  expect(session.user).toEqual(USER);
  expect(asked).toEqual(['link']);
  expect(news).toEqual(['signed-in']);
});

test('a used link is said only to whoever is not signed in', async () => {
  const used: Answer = [401, { detail: 'This link was used.' }];
  const inside = sessionWith([used, signedIn('one')]);
  await inside.session.start('token');
  expect(inside.session.user).toEqual(USER);

  const outside = sessionWith([used, ENDED]);
  await outside.session.start('token');
  expect(outside.session.state.get()).toEqual({ is: 'signed-out', notice: 'This link was used.' });
});

test('a link that found no server is tried again', async () => {
  const { session, asked } = sessionWith(['no network', 'no network', signedIn('one')]);
  await session.start('token');
  expect(session.state.get().is).toBe('unreachable');
  await session.retry();
  expect(session.user).toEqual(USER);
  expect(asked).toEqual(['link', 'refresh', 'link']);
});

test('many requests renew an old token once', async () => {
  const { session, asked, pass } = sessionWith([signedIn('one'), signedIn('two')]);
  await session.start(null);
  expect(await session.accessToken()).toBe('one');
  pass(850);
  expect(await Promise.all([session.accessToken(), session.accessToken()])).toEqual(['two', 'two']);
  expect(asked).toEqual(['refresh', 'refresh']);
});

test('a token that was just refused is renewed though it looks good', async () => {
  const { session } = sessionWith([signedIn('one'), signedIn('two')]);
  await session.start(null);
  expect(await session.accessToken('one')).toBe('two');
});

test('whoever is signed in stays so while the network is away', async () => {
  const { session, pass } = sessionWith([signedIn('one'), 'no network', signedIn('two')]);
  await session.start(null);
  pass(900);
  await expect(session.accessToken()).rejects.toBeInstanceOf(ApiError);
  expect(session.user).toEqual(USER);
  expect(await session.accessToken()).toBe('two');
});

test('a session that ended says so', async () => {
  const { session, pass } = sessionWith([signedIn('one'), ENDED]);
  await session.start(null);
  pass(900);
  await expect(session.accessToken()).rejects.toBeInstanceOf(ApiError);
  expect(session.state.get()).toEqual({ is: 'signed-out', notice: ENDED[1].detail });
});

test('signing out is told to the other tabs', async () => {
  const { session, news } = sessionWith([signedIn('one'), [204, null]]);
  await session.start(null);
  await session.signOut();
  expect(session.state.get()).toEqual({ is: 'signed-out', notice: null });
  expect(news).toEqual(['signed-out']);
});

test('a sign-out that failed leaves one signed in and says why', async () => {
  const { session, news } = sessionWith([signedIn('one'), 'no network']);
  await session.start(null);
  await expect(session.signOut()).rejects.toThrow('cannot be reached');
  expect(session.user).toEqual(USER);
  expect(news).toEqual([]);
});
