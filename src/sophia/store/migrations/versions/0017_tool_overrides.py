"""How the operator has tools shown at the MCP gateway."""

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE tool_overrides (
            subject text NOT NULL CONSTRAINT ck_tool_overrides_subject CHECK (subject IN
                ('everybody', 'role', 'user', 'api_key')),
            subject_id text NOT NULL,
            tool text NOT NULL,
            name text,
            description text,
            is_hidden boolean,
            CONSTRAINT pk_tool_overrides PRIMARY KEY (subject, subject_id, tool)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE tool_overrides")
