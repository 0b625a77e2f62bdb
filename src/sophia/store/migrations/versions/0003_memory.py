"""What Sophia was told, searchable by its words."""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE memories (
            id uuid CONSTRAINT pk_memories PRIMARY KEY,
            owner text NOT NULL,
            scope text NOT NULL,
            content text NOT NULL,
            fingerprint uuid NOT NULL,
            category text NOT NULL CONSTRAINT ck_memories_category CHECK (category IN
                ('general', 'technical', 'business', 'personal', 'project', 'learning')),
            tags text[] NOT NULL,
            metadata jsonb NOT NULL,
            external_id text,
            speaker text,
            conversation text,
            position integer,
            turn_id text,
            occurred_at timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            terms tsvector NOT NULL,
            length integer NOT NULL,
            CONSTRAINT uq_memories_fingerprint UNIQUE (owner, scope, fingerprint)
        )
    """)
    # The length beside the scope: a scope's size and mean length are read from the index alone.
    op.execute("CREATE INDEX ix_memories_owner_scope ON memories (owner, scope) INCLUDE (length)")
    op.execute("""
        CREATE INDEX ix_memories_conversation
        ON memories (owner, scope, conversation, position)
    """)
    op.execute("CREATE INDEX ix_memories_terms ON memories USING gin (terms)")


def downgrade() -> None:
    op.execute("DROP TABLE memories")
