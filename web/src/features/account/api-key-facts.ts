import type { ApiKey } from '../../api/types';
import { shortTime } from '../../lib/format';

export function isOver(key: ApiKey): boolean {
  return key.expires_at !== null && Date.parse(key.expires_at) <= Date.now();
}

/** What there is to know about a key, in one line. */
export function factsOf(key: ApiKey): string {
  const facts = [`made ${shortTime(key.created_at)}`];
  facts.push(key.last_used_at === null ? 'never used' : `used ${shortTime(key.last_used_at)}`);
  if (key.expires_at !== null) {
    facts.push(`${isOver(key) ? 'ended' : 'ends'} ${shortTime(key.expires_at)}`);
  }
  return facts.join(' · ');
}
