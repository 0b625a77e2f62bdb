"""Turns know whether what is worth keeping of them was kept; people may wish for none of that."""

from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"
_USER = "nullif(current_setting('sophia.user_id', true), '')"


def upgrade() -> None:
    op.execute("ALTER TABLE turns ADD COLUMN absorbed_at timestamptz")
    op.execute("CREATE TABLE memory_unlearners (owner text PRIMARY KEY)")
    op.execute("ALTER TABLE memory_unlearners ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON memory_unlearners TO {_ROLE} USING (owner = {_USER})")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON memory_unlearners TO {_ROLE}")


def downgrade() -> None:
    op.execute("DROP TABLE memory_unlearners")
    op.execute("ALTER TABLE turns DROP COLUMN absorbed_at")
