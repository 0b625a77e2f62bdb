"""The search of memories reads its index again, behind row-level security too."""

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"


def upgrade() -> None:
    # As with find_turns (0012): a match of words is not leakproof, so behind the wall it may not
    # look into the index, and each search read all that the owner has. This one function stands
    # before the wall and names the owner itself; without a name it finds nothing. Which index is
    # better hangs on how rare the words are, so each query is planned for its own words.
    op.execute("""
        CREATE FUNCTION find_memories(asked tsquery)
        RETURNS TABLE (id uuid, scope text, length integer, terms tsvector)
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $$
        DECLARE
            viewer text := nullif(current_setting('sophia.user_id', true), '');
        BEGIN
            RETURN QUERY
            SELECT found.id, found.scope, found.length, found.terms
            FROM public.memories found
            WHERE found.owner = viewer AND found.terms @@ asked;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION find_memories FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION find_memories TO {_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION find_memories")
