"""Row-level security: a role that sees one user's rows, for whatever answers one user."""

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"
_USER = "nullif(current_setting('sophia.user_id', true), '')"
_OF_USER = f"user_id = {_USER}::uuid"
_OWNED = {
    "conversations": _OF_USER,
    "turns": _OF_USER,
    # Whose turn it is, the policy of turns says.
    "turn_steps": "turn_id IN (SELECT id FROM turns)",
    "approvals": _OF_USER,
    "memories": f"owner = {_USER}",
}


def upgrade() -> None:
    # A role is the whole server's: another database of it, or its administrator, may have made it.
    op.execute(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{_ROLE}') THEN
                CREATE ROLE {_ROLE} NOLOGIN;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
    """)
    op.execute(f"""
        DO $$ BEGIN
            IF NOT pg_has_role(current_user, '{_ROLE}', 'SET') THEN
                GRANT {_ROLE} TO CURRENT_USER;
            END IF;
        END $$
    """)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {_ROLE}")
    for table, owned in _OWNED.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} TO {_ROLE} USING ({owned})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {_ROLE}")


def downgrade() -> None:
    for table in _OWNED:
        op.execute(f"REVOKE ALL ON {table} FROM {_ROLE}")
        op.execute(f"DROP POLICY own_rows ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {_ROLE}")
