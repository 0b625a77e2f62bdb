const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A moment as shortly as it is still clear: 14:05, 3 May, 3 May 2025. */
export function shortTime(iso: string, now: Date = new Date()): string {
  const then = new Date(iso);
  if (then.toDateString() === now.toDateString()) return TIME.format(then);
  return (then.getFullYear() === now.getFullYear() ? DAY : DATE).format(then);
}

export function wholeTime(iso: string): string {
  return WHOLE.format(new Date(iso));
}

/** Seconds for people: 12 ms, 1.4 s, 2 min 5 s. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
