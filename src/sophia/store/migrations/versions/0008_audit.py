"""The journal of who did what: nothing in it is changed or deleted, only sealed, once."""

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE audit_log (
            id uuid CONSTRAINT pk_audit_log PRIMARY KEY,
            at timestamptz NOT NULL,
            actor text NOT NULL CONSTRAINT ck_audit_log_actor CHECK (actor IN
                ('user', 'assistant', 'operator')),
            on_behalf_of uuid,
            via text NOT NULL,
            action text NOT NULL,
            target text NOT NULL,
            arguments_hash text,
            approval_id uuid,
            turn_id uuid,
            outcome text NOT NULL,
            number bigint CONSTRAINT uq_audit_log_number UNIQUE,
            seal bytea
        )
    """)
    op.execute("CREATE INDEX ix_audit_log_unsealed ON audit_log (id) WHERE number IS NULL")
    op.execute("""
        CREATE FUNCTION audit_log_stands() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD.number IS NULL AND NEW.number IS NOT NULL
                AND to_jsonb(NEW) - 'number' - 'seal' = to_jsonb(OLD) - 'number' - 'seal'
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_stands()
    """)
    op.execute("""
        CREATE TRIGGER stands_whole BEFORE TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stands()
    """)
    # Whatever answers one user may add what that user did, and read nothing.
    op.execute("ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY own_deeds ON audit_log FOR INSERT TO sophia_app WITH CHECK (
            actor = 'user' AND number IS NULL AND on_behalf_of
                = nullif(current_setting('sophia.user_id', true), '')::uuid)
    """)
    op.execute("GRANT INSERT ON audit_log TO sophia_app")


def downgrade() -> None:
    op.execute("DROP TABLE audit_log")
    op.execute("DROP FUNCTION audit_log_stands")
