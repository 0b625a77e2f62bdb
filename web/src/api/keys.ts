/** The names under which answers are kept, so that features can renew each other's. */
export const keys = {
  conversations: ['conversations'] as const,
  turns: (sessionId: string) => ['turns', sessionId] as const,
  search: (query: string) => ['search', query] as const,
  models: ['models'] as const,
  apiKeys: ['api-keys'] as const,
  sessions: ['sessions'] as const,
  applications: ['applications'] as const,
  serverLogins: ['server-logins'] as const,
  people: ['people'] as const,
  teams: ['teams'] as const,
  identities: ['identities'] as const,
  methods: (problem: string | null) => ['sign-in-methods', problem] as const,
  schedules: ['schedules'] as const,
  runs: (scheduleId: string) => ['schedule-runs', scheduleId] as const,
  nextRuns: (cron: string, timeZone: string) => ['next-runs', cron, timeZone] as const,
  invitations: ['invitations'] as const,
};
