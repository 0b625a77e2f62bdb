"""Users, sign-in links, sessions, API keys."""

from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE users (
            id uuid CONSTRAINT pk_users PRIMARY KEY,
            name text NOT NULL,
            email text CONSTRAINT uq_users_email UNIQUE,
            role text NOT NULL
                CONSTRAINT ck_users_role CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
            password_hash text,
            created_at timestamptz NOT NULL,
            disabled_at timestamptz,
            CONSTRAINT ck_users_email_lower CHECK (email = lower(email))
        )
    """)
    op.execute("CREATE UNIQUE INDEX uq_users_first_owner ON users (role) WHERE role = 'owner'")
    op.execute("""
        CREATE TABLE sign_in_links (
            token_hash bytea CONSTRAINT pk_sign_in_links PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_sign_in_links_user_id REFERENCES users ON DELETE CASCADE,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        )
    """)
    op.execute("""
        CREATE TABLE sessions (
            id uuid CONSTRAINT pk_sessions PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_sessions_user_id REFERENCES users ON DELETE CASCADE,
            is_by_link boolean NOT NULL,
            user_agent text NOT NULL,
            created_at timestamptz NOT NULL,
            last_used_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            token_hash bytea NOT NULL CONSTRAINT uq_sessions_token_hash UNIQUE,
            previous_hash bytea,
            rotated_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_sessions_user_id ON sessions (user_id)")
    op.execute("CREATE INDEX ix_sessions_previous_hash ON sessions (previous_hash)")
    op.execute("""
        CREATE TABLE api_keys (
            id uuid CONSTRAINT pk_api_keys PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_api_keys_user_id REFERENCES users ON DELETE CASCADE,
            name text NOT NULL,
            last4 text NOT NULL,
            hmac bytea NOT NULL CONSTRAINT uq_api_keys_hmac UNIQUE,
            scopes text[] NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz,
            last_used_at timestamptz,
            revoked_at timestamptz
        )
    """)
    op.execute("CREATE INDEX ix_api_keys_user_id ON api_keys (user_id)")


def downgrade() -> None:
    for table in ("api_keys", "sessions", "sign_in_links", "users"):
        op.execute(f"DROP TABLE {table}")
