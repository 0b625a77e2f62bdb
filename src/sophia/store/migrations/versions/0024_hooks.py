"""Webhooks: deliveries, given secrets, and schedules that wait for what happens."""

from alembic import op

revision: str = "0024"
down_revision: str | None = "0022"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE hook_deliveries (
            vendor text NOT NULL,
            digest bytea NOT NULL,
            delivery_id text NOT NULL,
            happenings jsonb NOT NULL,
            received_at timestamptz NOT NULL,
            handled_at timestamptz,
            CONSTRAINT pk_hook_deliveries PRIMARY KEY (vendor, digest)
        )
    """)
    op.execute("CREATE INDEX ix_hook_deliveries_received_at ON hook_deliveries (received_at)")
    op.execute("""
        CREATE INDEX ix_hook_deliveries_waiting ON hook_deliveries (received_at)
        WHERE handled_at IS NULL
    """)
    op.execute("""
        CREATE TABLE hook_secrets (
            id uuid CONSTRAINT pk_hook_secrets PRIMARY KEY,
            vendor text NOT NULL,
            sealed text NOT NULL,
            created_at timestamptz NOT NULL
        )
    """)
    op.execute("""
        ALTER TABLE schedules
            ALTER COLUMN cron DROP NOT NULL,
            ALTER COLUMN next_run_at DROP NOT NULL,
            ADD COLUMN on_event jsonb,
            ADD COLUMN events jsonb NOT NULL DEFAULT '[]',
            ADD COLUMN woken_at timestamptz,
            ADD CONSTRAINT ck_schedules_begun CHECK (cron IS NOT NULL OR on_event IS NOT NULL)
    """)
    op.execute("CREATE INDEX ix_schedules_woken ON schedules (woken_at) WHERE woken_at IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX ix_schedules_woken")
    op.execute("DELETE FROM schedules WHERE cron IS NULL")
    op.execute("""
        ALTER TABLE schedules
            DROP CONSTRAINT ck_schedules_begun,
            DROP COLUMN woken_at,
            DROP COLUMN events,
            DROP COLUMN on_event,
            ALTER COLUMN next_run_at SET NOT NULL,
            ALTER COLUMN cron SET NOT NULL
    """)
    op.execute("DROP TABLE hook_secrets")
    op.execute("DROP TABLE hook_deliveries")
