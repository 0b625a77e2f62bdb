"""Schedules, and what came of each of their runs."""

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None

_OF_USER = "user_id = nullif(current_setting('sophia.user_id', true), '')::uuid"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE schedules (
            id uuid CONSTRAINT pk_schedules PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_schedules_user_id REFERENCES users ON DELETE CASCADE,
            api_key_id uuid
                CONSTRAINT fk_schedules_api_key_id REFERENCES api_keys ON DELETE CASCADE,
            conversation_id uuid,
            message text NOT NULL,
            model text,
            tools jsonb,
            cron text NOT NULL,
            time_zone text NOT NULL,
            is_enabled boolean NOT NULL,
            paused_because text,
            resumed_at timestamptz NOT NULL,
            run_asked_at timestamptz,
            next_run_at timestamptz NOT NULL,
            last_run_at timestamptz,
            last_turn_id uuid,
            created_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_schedules_user ON schedules (user_id, id)")
    op.execute("CREATE INDEX ix_schedules_due ON schedules (next_run_at) WHERE is_enabled")
    op.execute("""
        CREATE INDEX ix_schedules_asked ON schedules (run_asked_at) WHERE run_asked_at IS NOT NULL
    """)
    op.execute("""
        CREATE TABLE schedule_runs (
            id uuid CONSTRAINT pk_schedule_runs PRIMARY KEY,
            schedule_id uuid NOT NULL
                CONSTRAINT fk_schedule_runs_schedule_id REFERENCES schedules ON DELETE CASCADE,
            user_id uuid NOT NULL
                CONSTRAINT fk_schedule_runs_user_id REFERENCES users ON DELETE CASCADE,
            due_at timestamptz NOT NULL,
            at timestamptz NOT NULL,
            outcome text NOT NULL CONSTRAINT ck_schedule_runs_outcome CHECK (outcome IN
                ('begun', 'skipped', 'paused')),
            reason text NOT NULL,
            turn_id uuid CONSTRAINT fk_schedule_runs_turn_id REFERENCES turns ON DELETE SET NULL,
            CONSTRAINT uq_schedule_runs_due UNIQUE (schedule_id, due_at)
        )
    """)
    op.execute("CREATE INDEX ix_schedule_runs_schedule ON schedule_runs (schedule_id, id)")
    op.execute("CREATE INDEX ix_schedule_runs_turn ON schedule_runs (turn_id)")
    for table in ("schedules", "schedule_runs"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} TO sophia_app USING ({_OF_USER})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON schedules TO sophia_app")
    # What ran, the worker writes; the user reads it.
    op.execute("GRANT SELECT ON schedule_runs TO sophia_app")


def downgrade() -> None:
    op.execute("DROP TABLE schedule_runs")
    op.execute("DROP TABLE schedules")
