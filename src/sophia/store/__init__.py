"""PostgreSQL and Redis: engine, sessions, tables, migrations."""
