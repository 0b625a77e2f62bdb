"""Which turn a turn follows on: conversations become trees."""

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE turns ADD COLUMN parent_id uuid
            CONSTRAINT fk_turns_parent_id REFERENCES turns ON DELETE CASCADE
    """)
    # Until now every turn followed on the one before it.
    op.execute("""
        UPDATE turns SET parent_id = earlier.id
        FROM (SELECT id, lag(id) OVER (PARTITION BY conversation_id ORDER BY id) AS earlier_id
              FROM turns) AS line
        JOIN turns earlier ON earlier.id = line.earlier_id
        WHERE turns.id = line.id
    """)
    # Deleting a turn looks for those that follow on it.
    op.execute("CREATE INDEX ix_turns_parent ON turns (parent_id) WHERE parent_id IS NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE turns DROP COLUMN parent_id")
