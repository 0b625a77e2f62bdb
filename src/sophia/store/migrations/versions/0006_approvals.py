"""Approvals of tool calls, and the rules that say which calls need one."""

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE approvals (
            id uuid CONSTRAINT pk_approvals PRIMARY KEY,
            turn_id uuid NOT NULL
                CONSTRAINT fk_approvals_turn_id REFERENCES turns ON DELETE CASCADE,
            user_id uuid NOT NULL
                CONSTRAINT fk_approvals_user_id REFERENCES users ON DELETE CASCADE,
            call_id text NOT NULL,
            tool text NOT NULL,
            arguments jsonb NOT NULL,
            arguments_hash text NOT NULL,
            tool_class text NOT NULL,
            reason text NOT NULL CONSTRAINT ck_approvals_reason CHECK (reason IN
                ('policy', 'taint')),
            status text NOT NULL CONSTRAINT ck_approvals_status CHECK (status IN
                ('pending', 'approved', 'denied', 'expired', 'used')),
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            answered_at timestamptz,
            answered_by uuid
                CONSTRAINT fk_approvals_answered_by REFERENCES users ON DELETE SET NULL,
            used_at timestamptz
        )
    """)
    op.execute("CREATE INDEX ix_approvals_turn ON approvals (turn_id)")
    op.execute("""
        CREATE INDEX ix_approvals_pending ON approvals (user_id, id) WHERE status = 'pending'
    """)
    op.execute("""
        CREATE TABLE tool_rules (
            subject text NOT NULL CONSTRAINT ck_tool_rules_subject CHECK (subject IN
                ('everybody', 'role', 'user', 'api_key')),
            subject_id text NOT NULL,
            target text NOT NULL,
            verdict text NOT NULL CONSTRAINT ck_tool_rules_verdict CHECK (verdict IN
                ('allow', 'ask', 'deny')),
            CONSTRAINT pk_tool_rules PRIMARY KEY (subject, subject_id, target)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE tool_rules")
    op.execute("DROP TABLE approvals")
