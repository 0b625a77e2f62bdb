"""Answers to requests that may be sent again."""

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE idempotency_keys (
            principal uuid NOT NULL,
            key text NOT NULL,
            user_id uuid NOT NULL
                CONSTRAINT fk_idempotency_keys_user_id REFERENCES users ON DELETE CASCADE,
            fingerprint bytea NOT NULL,
            run uuid NOT NULL,
            lease_until timestamptz NOT NULL,
            answer text,
            created_at timestamptz NOT NULL,
            CONSTRAINT pk_idempotency_keys PRIMARY KEY (principal, key)
        )
    """)
    op.execute("CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at)")
    op.execute("CREATE INDEX ix_idempotency_keys_user_id ON idempotency_keys (user_id)")
    op.execute("ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY own_rows ON idempotency_keys TO sophia_app
            USING (user_id = nullif(current_setting('sophia.user_id', true), '')::uuid)
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO sophia_app")


def downgrade() -> None:
    op.execute("DROP TABLE idempotency_keys")
