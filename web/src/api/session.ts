import { Store } from '../lib/store';
import { ApiError, problemFrom, UNREACHABLE } from './problem';
import type { SignedIn, User } from './types';

type SessionState =
  | { is: 'starting' }
  | { is: 'unreachable'; detail: string }
  | { is: 'signed-out'; notice: string | null }
  | { is: 'signed-in'; user: User };

/** Refresh when the token has less than this left, so that no request dies of its age. */
const MARGIN_MS = 60_000;
const LOCK = 'sophia-session';

/** What happened in one tab that the others should know. */
export type News = 'signed-in' | 'signed-out';

interface Joining {
  token: string;
  name: string;
  email: string | null;
  password: string;
}

type Send = (path: string, init: RequestInit) => Promise<Response>;
type WithLock = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Who is signed in. The access token lives here and nowhere else. */
export class Session {
  readonly state = new Store<SessionState>({ is: 'starting' });
  /** Told what other tabs should know. */
  onNews: (news: News) => void = () => undefined;
  private token: string | null = null;
  private linkToken: string | null = null;
  private expiresAt = 0;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly send: Send = (path, init) => fetch(path, init),
    private readonly withLock: WithLock = browserLock,
    private readonly now: () => number = Date.now,
  ) {}

  get user(): User | null {
    const state = this.state.get();
    return state.is === 'signed-in' ? state.user : null;
  }

  /** Find out who is there: by a one-time link's token, else by the cookie. */
  async start(linkToken: string | null): Promise<void> {
    this.linkToken = linkToken;
    if (linkToken === null) return this.renew();
    try {
      await this.enter('/api/v1/auth/link', { token: linkToken });
      this.linkToken = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.renew();
      if (error.isPassing) return;
      this.linkToken = null;
      // A used link is no news to whoever is signed in anyway.
      if (this.user === null) this.leave(error.detail);
    }
  }

  /** Try again what could not be found out. */
  retry(): Promise<void> {
    return this.start(this.linkToken);
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.enter('/api/v1/auth/login', { email, password });
  }

  /** Make an account by an invitation. */
  async join(wanted: Joining): Promise<void> {
    await this.enter('/api/v1/auth/join', wanted);
  }

  /** Sign out everywhere in this browser. When that fails the cookie is still there: one stays in. */
  async signOut(): Promise<void> {
    await this.withLock(() => this.post('/api/v1/auth/logout', null));
    this.leave(null);
    this.onNews('signed-out');
  }

  /** Refresh where nobody waits for the outcome: the state tells it. */
  renew(): Promise<void> {
    return this.refresh().catch(ignoreKnown);
  }

  /** Take over a change of one's own profile. */
  setUser(user: User): void {
    this.state.set({ is: 'signed-in', user });
  }

  /** A token that is good for a while yet; `stale` is one that was just refused. */
  async accessToken(stale: string | null = null): Promise<string> {
    const isGood = this.token !== stale && this.now() < this.expiresAt - MARGIN_MS;
    if (this.token === null || !isGood) await this.refresh();
    if (this.token === null) throw new ApiError('Sign in first.', 401, 'auth.missing');
    return this.token;
  }

  /** Get a new access token. Tabs take turns: a refresh token is good for one use only. */
  refresh(): Promise<void> {
    this.refreshing ??= this.withLock(() => this.post('/api/v1/auth/refresh', null))
      .then((response) => this.admit(response))
      .catch((error: unknown) => {
        if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
          this.leave(this.user === null ? null : error.detail);
        } else if (this.user === null && error instanceof ApiError) {
          this.state.set({ is: 'unreachable', detail: error.detail });
        }
        throw error;
      })
      .finally(() => {
        this.refreshing = null;
      });
    return this.refreshing;
  }

  /** Become signed out here; another tab may have done it. */
  leave(notice: string | null): void {
    this.token = null;
    this.expiresAt = 0;
    this.state.set({ is: 'signed-out', notice });
  }

  private async enter(path: string, body: unknown): Promise<void> {
    await this.admit(await this.withLock(() => this.post(path, body)));
    this.onNews('signed-in');
  }

  private async admit(response: Response): Promise<void> {
    const signedIn = (await response.json()) as SignedIn;
    this.token = signedIn.access_token;
    this.expiresAt = this.now() + signedIn.expires_in * 1000;
    const known = this.user;
    // The same person again is nothing that the page has to be drawn anew for.
    if (known === null || JSON.stringify(known) !== JSON.stringify(signedIn.user)) {
      this.state.set({ is: 'signed-in', user: signedIn.user });
    }
  }

  private async post(path: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = { 'X-Sophia-Request': '1' };
    if (body !== null) headers['Content-Type'] = 'application/json';
    let response: Response;
    try {
      response = await this.send(path, {
        method: 'POST',
        headers,
        credentials: 'same-origin',
        body: body === null ? null : JSON.stringify(body),
      });
    } catch {
      throw UNREACHABLE;
    }
    if (!response.ok) throw await problemFrom(response);
    return response;
  }
}

/** One tab at a time. Browsers give locks on secure origins only; elsewhere tabs may collide. */
async function browserLock<Result>(work: () => Promise<Result>): Promise<Result> {
  const locks = (navigator as Partial<Navigator>).locks;
  return locks === undefined ? work() : await locks.request(LOCK, work);
}

/** The state says already what went wrong; anything unknown is a mistake of ours. */
function ignoreKnown(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
}

export const session = new Session();
