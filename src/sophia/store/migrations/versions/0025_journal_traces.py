"""The journal names the trace that each entry is part of."""

from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE audit_log ADD COLUMN trace_id text")


def downgrade() -> None:
    op.execute("ALTER TABLE audit_log DROP COLUMN trace_id")
