"""Conversations, turns and their steps."""

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE conversations (
            id uuid CONSTRAINT pk_conversations PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_conversations_user_id REFERENCES users ON DELETE CASCADE,
            title text NOT NULL,
            created_at timestamptz NOT NULL,
            activity uuid NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_conversations_user_activity ON conversations (user_id, activity)")
    op.execute("""
        CREATE TABLE turns (
            id uuid CONSTRAINT pk_turns PRIMARY KEY,
            conversation_id uuid NOT NULL
                CONSTRAINT fk_turns_conversation_id REFERENCES conversations ON DELETE CASCADE,
            user_id uuid NOT NULL
                CONSTRAINT fk_turns_user_id REFERENCES users ON DELETE CASCADE,
            user_name text NOT NULL,
            status text NOT NULL CONSTRAINT ck_turns_status CHECK (status IN
                ('queued', 'running', 'awaiting_approval', 'done', 'failed', 'stopped')),
            message text NOT NULL,
            context text NOT NULL,
            request jsonb NOT NULL,
            model text,
            response text NOT NULL DEFAULT '',
            reply jsonb,
            attempt integer NOT NULL DEFAULT 0,
            worker text,
            lease_until timestamptz,
            is_stop_requested boolean NOT NULL DEFAULT false,
            idempotency_key text,
            fingerprint text,
            created_at timestamptz NOT NULL,
            started_at timestamptz,
            ended_at timestamptz,
            CONSTRAINT uq_turns_user_idempotency_key UNIQUE (user_id, idempotency_key)
        )
    """)
    op.execute("CREATE INDEX ix_turns_conversation ON turns (conversation_id, id)")
    op.execute("""
        CREATE INDEX ix_turns_open ON turns (status, id) WHERE status IN ('queued', 'running')
    """)
    op.execute("""
        CREATE INDEX ix_turns_conversation_open ON turns (conversation_id, id)
        WHERE status IN ('queued', 'running', 'awaiting_approval')
    """)
    op.execute("""
        CREATE TABLE turn_steps (
            turn_id uuid NOT NULL
                CONSTRAINT fk_turn_steps_turn_id REFERENCES turns ON DELETE CASCADE,
            step smallint NOT NULL,
            attempt integer NOT NULL,
            last_number bigint NOT NULL,
            events jsonb NOT NULL,
            CONSTRAINT pk_turn_steps PRIMARY KEY (turn_id, step)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE turn_steps")
    op.execute("DROP TABLE turns")
    op.execute("DROP TABLE conversations")
