import type { Outcome } from './fold';

const SUMMARY_CHARS = 160;

/** The server that a tool's full name begins with: memory__store_memory is memory's. */
export function serverOf(tool: string): string {
  const cut = tool.indexOf('__');
  return cut > 0 ? tool.slice(0, cut) : 'built in';
}

/**
 * Arguments in one line: the longest text, the other ones, then what else tells calls apart. Their
 * own order is of no account: it is not kept with a stored turn.
 */
export function summaryOf(values: Readonly<Record<string, unknown>>): string {
  const weight = (value: unknown) => (typeof value === 'string' ? value.length : -1);
  const sorted = Object.entries(values)
    .sort(([name, value], [other, one]) => weight(one) - weight(value) || name.localeCompare(other))
    .map(([, value]) => value);
  const parts = sorted.flatMap((value) => {
    if (typeof value === 'string') return value === '' ? [] : [value.replace(/\s+/g, ' ')];
    if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
    return value === null || value === undefined ? [] : [JSON.stringify(value)];
  });
  const whole = parts.join(' · ');
  return whole.length > SUMMARY_CHARS ? `${whole.slice(0, SUMMARY_CHARS)}…` : whole;
}

/** What a tool answered: its data when it gave some, else its text, laid out when it is JSON. */
export function resultOf(outcome: Outcome): string {
  if (outcome.structured !== null) return JSON.stringify(outcome.structured, null, 2);
  try {
    const value: unknown = JSON.parse(outcome.text);
    if (typeof value === 'object' && value !== null) return JSON.stringify(value, null, 2);
  } catch {
    // Plain text.
  }
  return outcome.text === '' ? '(nothing)' : outcome.text;
}
