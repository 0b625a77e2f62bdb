"""PostgreSQL and Valkey out of wheels, started without root, Docker or an account."""
