"""The job queue's own schema, as the installed procrastinate brings it."""

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    # The driver's own cursor: the script is many statements, with percent signs of its own.
    connection = op.get_bind().connection.driver_connection
    if connection is None:
        raise RuntimeError("the migration has no connection")
    connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    op.execute("""
        DO $$ DECLARE item record; BEGIN
            FOR item IN SELECT tablename FROM pg_tables WHERE tablename LIKE 'procrastinate%'
            LOOP EXECUTE format('DROP TABLE %I CASCADE', item.tablename); END LOOP;
            FOR item IN SELECT oid::regprocedure AS name FROM pg_proc
                WHERE proname LIKE 'procrastinate%'
            LOOP EXECUTE format('DROP FUNCTION %s CASCADE', item.name); END LOOP;
            FOR item IN SELECT typname FROM pg_type
                WHERE typname LIKE 'procrastinate%' AND typtype IN ('e', 'c')
            LOOP EXECUTE format('DROP TYPE %I CASCADE', item.typname); END LOOP;
        END $$
    """)
