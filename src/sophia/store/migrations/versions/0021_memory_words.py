"""The index of memories' words knows whose they are: a search reads its own owner's alone."""

from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"


def upgrade() -> None:
    # One entry for each word of an owner, and one more for each of a named scope: what a search
    # costs hangs on how much its own scope holds, whoever else keeps memories here.
    op.execute("""
        CREATE FUNCTION memory_keys(owner text, scope text, lexemes text[]) RETURNS bigint[]
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        SET search_path = pg_catalog AS $$
            SELECT coalesce(array_agg(hashtextextended(concat_ws(chr(31), place, lexeme), 0)), '{}')
            FROM unnest(lexemes) AS lexeme,
                unnest(CASE scope WHEN '' THEN ARRAY[owner]
                    ELSE ARRAY[owner, owner || chr(31) || scope] END) AS place
        $$
    """)
    op.execute("""
        ALTER TABLE memories ADD COLUMN keys bigint[]
        GENERATED ALWAYS AS (memory_keys(owner, scope, tsvector_to_array(terms))) STORED
    """)
    # Without a list of pending entries, which every search would read through.
    op.execute("CREATE INDEX ix_memories_keys ON memories USING gin (keys) WITH (fastupdate = off)")
    op.execute("DROP INDEX ix_memories_terms")
    # As find_memories (0016), which the version before still calls, by the new index.
    op.execute("""
        CREATE FUNCTION find_memories_by_words(lexemes text[], wanted text)
        RETURNS TABLE (id uuid, scope text, conversation text, "position" integer, length integer,
            terms tsvector)
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $$
        DECLARE
            viewer text := nullif(current_setting('sophia.user_id', true), '');
            asked bigint[] := (
                SELECT array_agg(hashtextextended(
                    concat_ws(chr(31), viewer, nullif(wanted, ''), lexeme), 0))
                FROM unnest(lexemes) AS lexeme
            );
        BEGIN
            RETURN QUERY
            SELECT found.id, found.scope, found.conversation, found.position, found.length,
                found.terms
            FROM public.memories found
            WHERE found.owner = viewer AND found.keys && asked
                AND (wanted IS NULL OR found.scope = wanted);
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION find_memories_by_words FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION find_memories_by_words TO {_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION find_memories_by_words")
    op.execute("DROP INDEX ix_memories_keys")
    op.execute("ALTER TABLE memories DROP COLUMN keys")
    op.execute("DROP FUNCTION memory_keys")
    op.execute("CREATE INDEX ix_memories_terms ON memories USING gin (terms)")
