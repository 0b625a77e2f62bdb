"""Applications that registered themselves, and what people allowed them."""

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None

_OF_USER = "user_id = nullif(current_setting('sophia.user_id', true), '')::uuid"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE oauth_clients (
            id uuid CONSTRAINT pk_oauth_clients PRIMARY KEY,
            name text NOT NULL,
            redirect_uris text[] NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_oauth_clients_expires_at ON oauth_clients (expires_at)")
    op.execute("""
        CREATE TABLE oauth_grants (
            id uuid CONSTRAINT pk_oauth_grants PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_oauth_grants_user_id REFERENCES users ON DELETE CASCADE,
            client_id text NOT NULL,
            client_name text NOT NULL,
            client_host text,
            redirect_uri text NOT NULL,
            resource text NOT NULL,
            scopes text[] NOT NULL,
            created_at timestamptz NOT NULL,
            code_hash bytea NOT NULL CONSTRAINT uq_oauth_grants_code_hash UNIQUE,
            code_challenge text NOT NULL,
            code_expires_at timestamptz NOT NULL,
            redeemed_at timestamptz,
            token_hash bytea,
            previous_hash bytea,
            rotated_at timestamptz,
            last_used_at timestamptz,
            expires_at timestamptz,
            revoked_at timestamptz
        )
    """)
    op.execute("CREATE INDEX ix_oauth_grants_user ON oauth_grants (user_id, id)")
    op.execute("ALTER TABLE oauth_grants ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON oauth_grants TO sophia_app USING ({_OF_USER})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_grants TO sophia_app")


def downgrade() -> None:
    op.execute("DROP TABLE oauth_grants")
    op.execute("DROP TABLE oauth_clients")
