/** The names under which answers are kept, so that features can renew each other's. */
export const keys = {
  conversations: ['conversations'] as const,
  turns: (sessionId: string) => ['turns', sessionId] as const,
  models: ['models'] as const,
  mcpStatus: ['mcp-status'] as const,
  health: ['health'] as const,
};
