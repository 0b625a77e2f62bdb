"""People's logins at MCP servers that others run."""

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None

_OF_USER = "user_id = nullif(current_setting('sophia.user_id', true), '')::uuid"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE upstream_logins (
            user_id uuid NOT NULL
                CONSTRAINT fk_upstream_logins_user_id REFERENCES users ON DELETE CASCADE,
            server text NOT NULL,
            sealed text NOT NULL,
            scope text,
            expires_at timestamptz,
            version integer NOT NULL,
            renewing_until timestamptz,
            created_at timestamptz NOT NULL,
            renewed_at timestamptz NOT NULL,
            CONSTRAINT pk_upstream_logins PRIMARY KEY (user_id, server)
        )
    """)
    op.execute("""
        CREATE TABLE upstream_attempts (
            state_hash text CONSTRAINT pk_upstream_attempts PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_upstream_attempts_user_id REFERENCES users ON DELETE CASCADE,
            server text NOT NULL,
            sealed text NOT NULL,
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_upstream_attempts_user ON upstream_attempts (user_id)")
    # Nobody's own: only the service reads it, as the owner of the tables.
    op.execute("""
        CREATE TABLE upstream_clients (
            server text NOT NULL,
            issuer text NOT NULL,
            redirect_uri text NOT NULL,
            sealed text NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT pk_upstream_clients PRIMARY KEY (server, issuer, redirect_uri)
        )
    """)
    for table in ("upstream_logins", "upstream_attempts"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} TO sophia_app USING ({_OF_USER})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO sophia_app")


def downgrade() -> None:
    op.execute("DROP TABLE upstream_clients")
    op.execute("DROP TABLE upstream_attempts")
    op.execute("DROP TABLE upstream_logins")
