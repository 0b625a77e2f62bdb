"""Documents are split into passages, which are memories that know their page and heading."""

from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"
_USER = "nullif(current_setting('sophia.user_id', true), '')"
_ADD = "(SELECT memory_spaces('add'))::text[]"
# As for memories (0022).
_IS_READABLE = f"owner = {_USER} OR owner = ANY ((SELECT memory_spaces('read'))::text[])"
_IS_CHANGED = (
    f"owner = {_USER} OR (author = {_USER} AND owner = ANY ({_ADD}))"
    " OR owner = ANY ((SELECT memory_spaces('keep'))::text[])"
)


def upgrade() -> None:
    op.execute("""
        CREATE TABLE memory_documents (
            id uuid CONSTRAINT pk_memory_documents PRIMARY KEY,
            owner text NOT NULL,
            author text NOT NULL,
            scope text NOT NULL,
            name text NOT NULL,
            url text,
            category text NOT NULL,
            tags text[] NOT NULL,
            trust text NOT NULL,
            state text NOT NULL CONSTRAINT ck_memory_documents_state CHECK
                (state IN ('queued', 'indexing', 'ready', 'failed')),
            revision integer NOT NULL DEFAULT 1,
            -- What waits to be read: it goes when it is read, as it may hold what is not kept.
            pending bytea,
            sha256 bytea,
            media_type text,
            pages integer,
            passages integer NOT NULL DEFAULT 0,
            indexed integer NOT NULL DEFAULT 0,
            is_cut boolean NOT NULL DEFAULT false,
            failure jsonb,
            attempts integer NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            indexed_at timestamptz,
            CONSTRAINT uq_memory_documents_name UNIQUE (owner, scope, name)
        )
    """)
    op.execute("ALTER TABLE memory_documents ALTER COLUMN pending SET STORAGE EXTERNAL")
    op.execute("CREATE INDEX ix_memory_documents_owner_id ON memory_documents (owner, id)")
    op.execute("""
        CREATE INDEX ix_memory_documents_due_at ON memory_documents (due_at)
        WHERE state IN ('queued', 'indexing')
    """)
    op.execute("""
        ALTER TABLE memories
            ADD COLUMN document_id uuid CONSTRAINT fk_memories_document_id
                REFERENCES memory_documents ON DELETE CASCADE,
            ADD COLUMN page integer,
            ADD COLUMN heading text
    """)
    op.execute("""
        CREATE INDEX ix_memories_document_id ON memories (document_id)
        WHERE document_id IS NOT NULL
    """)
    op.execute("ALTER TABLE memory_documents ENABLE ROW LEVEL SECURITY")
    for name, command, rule in (
        ("read_rows", "SELECT", f"USING ({_IS_READABLE})"),
        ("add_rows", "INSERT", f"WITH CHECK ({_IS_CHANGED})"),
        ("change_rows", "UPDATE", f"USING ({_IS_CHANGED})"),
        ("remove_rows", "DELETE", f"USING ({_IS_CHANGED})"),
    ):
        op.execute(f"CREATE POLICY {name} ON memory_documents FOR {command} TO {_ROLE} {rule}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON memory_documents TO {_ROLE}")


def downgrade() -> None:
    op.execute("DELETE FROM memories WHERE document_id IS NOT NULL")
    op.execute("""
        ALTER TABLE memories DROP COLUMN document_id, DROP COLUMN page, DROP COLUMN heading
    """)
    op.execute("DROP TABLE memory_documents")
