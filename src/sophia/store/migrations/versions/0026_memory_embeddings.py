"""Memories may have embeddings, of more than one model at a time; owed ones are rows without."""

from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"
_IS_READABLE = "owner = ANY ((SELECT memory_spaces('read'))::text[])"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE embedding_models (
            id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL UNIQUE,
            dimension integer NOT NULL CHECK (dimension BETWEEN 1 AND 4000),
            -- Of the memories that were there before the model, those up to this one are enlisted.
            enlisted_to uuid,
            is_enlisted boolean NOT NULL DEFAULT false
        )
    """)
    # Arrays, not vectors: pgvector is needed only by those who use embeddings.
    op.execute("""
        CREATE TABLE memory_embeddings (
            memory_id uuid NOT NULL REFERENCES memories ON DELETE CASCADE,
            model_id integer NOT NULL REFERENCES embedding_models ON DELETE CASCADE,
            owner text NOT NULL,
            scope text NOT NULL,
            embedding real[],
            due_at timestamptz NOT NULL DEFAULT '-infinity',
            PRIMARY KEY (memory_id, model_id)
        )
    """)
    op.execute("ALTER TABLE memory_embeddings ALTER COLUMN embedding SET STORAGE EXTERNAL")
    op.execute("""
        CREATE INDEX ix_memory_embeddings_scope ON memory_embeddings (model_id, owner, scope)
        WHERE embedding IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX ix_memory_embeddings_owed ON memory_embeddings (model_id, memory_id)
        WHERE embedding IS NULL
    """)
    op.execute("ALTER TABLE memory_embeddings ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY read_rows ON memory_embeddings TO {_ROLE} USING ({_IS_READABLE})")
    op.execute(f"GRANT SELECT ON memory_embeddings TO {_ROLE}")
    _enlist_what_is_stored()


def _enlist_what_is_stored() -> None:
    """Owe an embedding of each model for what is stored or changed, in the same transaction."""
    op.execute("""
        CREATE FUNCTION owe_embeddings_of_stored() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        BEGIN
            INSERT INTO memory_embeddings (memory_id, model_id, owner, scope)
            SELECT stored.id, model.id, stored.owner, stored.scope
            FROM stored, embedding_models AS model;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER owe_embeddings AFTER INSERT ON memories
        REFERENCING NEW TABLE AS stored
        FOR EACH STATEMENT EXECUTE FUNCTION owe_embeddings_of_stored()
    """)
    op.execute("""
        CREATE FUNCTION owe_embeddings_of_changed() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        BEGIN
            UPDATE memory_embeddings
            SET owner = NEW.owner, scope = NEW.scope, embedding = NULL, due_at = '-infinity'
            WHERE memory_id = NEW.id;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER owe_embeddings_again AFTER UPDATE OF content, owner, scope ON memories
        FOR EACH ROW WHEN ((OLD.content, OLD.owner, OLD.scope)
            IS DISTINCT FROM (NEW.content, NEW.owner, NEW.scope))
        EXECUTE FUNCTION owe_embeddings_of_changed()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER owe_embeddings ON memories")
    op.execute("DROP TRIGGER owe_embeddings_again ON memories")
    op.execute("DROP FUNCTION owe_embeddings_of_stored")
    op.execute("DROP FUNCTION owe_embeddings_of_changed")
    op.execute("DROP TABLE memory_embeddings")
    op.execute("DROP TABLE embedding_models")
