/** What Sophia, or the way to her, answered instead of what was asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly detail: string,
    /** The HTTP status, or 0 when there was no answer. */
    readonly status: number,
    readonly code: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }

  /** Whether the same request may work a little later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

export const UNREACHABLE = new ApiError(
  'Sophia cannot be reached: check that she is running and that you are online.',
  0,
  'console.unreachable',
);

/** Read a refusal; whatever is no problem+json is told by its status. */
export function problemOf(status: number, body: unknown): ApiError {
  const facts = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const { detail, code } = facts;
  return new ApiError(
    typeof detail === 'string' ? detail : `Sophia answered with the status ${status}.`,
    status,
    typeof code === 'string' ? code : 'console.no_problem',
    facts,
  );
}

export async function problemFrom(response: Response): Promise<ApiError> {
  let body: unknown = null;
  try {
    body = await response.json();
  } catch {
    // No JSON: the status has to do.
  }
  return problemOf(response.status, body);
}

/** What to show for any error. */
export function detailOf(error: unknown): string {
  if (error instanceof ApiError) return error.detail;
  return error instanceof Error ? error.message : String(error);
}
