"""What GPU machines were seen every five minutes, and what they cost."""

from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE machine_samples (
            at timestamptz CONSTRAINT pk_machine_samples PRIMARY KEY,
            hourly_usd double precision NOT NULL,
            machines jsonb NOT NULL
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE machine_samples")
