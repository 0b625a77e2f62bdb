import createClient from 'openapi-fetch';

import { ApiError, problemFrom, problemOf, UNREACHABLE } from './problem';
import type { paths } from './schema';
import { session } from './session';

/** Send a request with the access token; a refused token is renewed once. */
async function authorizedFetch(request: Request): Promise<Response> {
  const spare = request.clone();
  const token = await session.accessToken();
  const response = await plainFetch(withToken(request, token));
  if (response.status !== 401) return response;
  const renewed = await session.accessToken(token);
  return plainFetch(withToken(spare, renewed));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

async function plainFetch(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw UNREACHABLE;
  }
}

/** The routes of openapi.json, typed. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorizedFetch });

interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Give what was asked for; raises ApiError. */
export async function answerOf<Data>(call: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response.status, error);
  return data as Data;
}

/** Open a stream of events; raises ApiError. */
export async function openStream(path: string, init: RequestInit): Promise<Response> {
  const response = await authorizedFetch(new Request(new URL(path, location.origin), init));
  if (!response.ok) throw await problemFrom(response);
  if (response.body === null) throw new ApiError('The stream is empty.', 0, 'console.no_stream');
  return response;
}
