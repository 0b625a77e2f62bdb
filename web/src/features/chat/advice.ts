const ADVICE: Readonly<Record<string, string>> = {
  'model.refused': 'Check the provider’s key and the model’s name, then restart Sophia.',
  'model.exhausted': 'The provider’s limit is used up: wait a little, or choose another model.',
  'model.timeout': 'The provider may be busy: ask again, or choose another model.',
  'model.unknown': 'Choose another model below.',
  'turn.budget_exhausted': 'Ask for less at once.',
};

/** What to do about a failed turn. */
export function adviceFor(code: string): string {
  return (
    ADVICE[code] ??
    (code.startsWith('model.')
      ? 'Ask again in a moment, or choose another model.'
      : 'Ask again; if it fails once more, ./sophia logs worker says more.')
  );
}
