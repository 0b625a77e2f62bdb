"""Users, sign-in, sessions, API keys, scopes."""
