"""Memories have a kind, a validity, a time to live and a history; teams and all people share some.

A shared memory's owner is no person but a space: a character that no name can hold, and `org` or
`team:` with the team's id. `memory_spaces` says which of them somebody may read (`read`), add to
(`add`) and change whatever is in (`keep`).
"""

from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"
_USER = "nullif(current_setting('sophia.user_id', true), '')"
_READ = "(SELECT memory_spaces('read'))::text[]"
_ADD = "(SELECT memory_spaces('add'))::text[]"
_KEEP = "(SELECT memory_spaces('keep'))::text[]"
_IS_READABLE = f"owner = {_USER} OR owner = ANY ({_READ})"
_IS_CHANGED = (
    f"owner = {_USER} OR (author = {_USER} AND owner = ANY ({_ADD})) OR owner = ANY ({_KEEP})"
)
_IS_BESIDE = f"owner = {_USER} OR owner = ANY ({_ADD})"
_FUNCTIONS = (
    "memory_spaces(text)",
    "memory_teams()",
    "find_memories_in_spaces(text[], text[], text)",
)
# By table: what may be read, added, and changed or removed.
_POLICIES = {
    "memories": (_IS_READABLE, _IS_CHANGED, _IS_CHANGED),
    "memory_changes": (_IS_READABLE, _IS_BESIDE, _IS_BESIDE),
    "memory_links": (_IS_READABLE, _IS_BESIDE, _IS_BESIDE),
}
_OWN = ("memory_entities", "memory_relations")
_TABLES = ("memory_changes", "memory_links", *_OWN)


def upgrade() -> None:
    _add_columns()
    _add_tables()
    _add_functions()
    op.execute("DROP POLICY own_rows ON memories")
    for table, (read, add, change) in _POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        for name, command, rule in (
            ("read_rows", "SELECT", f"USING ({read})"),
            ("add_rows", "INSERT", f"WITH CHECK ({add})"),
            ("change_rows", "UPDATE", f"USING ({change})"),
            ("remove_rows", "DELETE", f"USING ({change})"),
        ):
            op.execute(f"CREATE POLICY {name} ON {table} FOR {command} TO {_ROLE} {rule}")
    for table in _OWN:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} TO {_ROLE} USING (owner = {_USER})")
    for table in _TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {_ROLE}")


def _add_columns() -> None:
    op.execute("""
        ALTER TABLE memories
            ADD COLUMN author text,
            ADD COLUMN kind text NOT NULL DEFAULT 'note' CONSTRAINT ck_memories_kind CHECK (kind IN
                ('note', 'fact', 'decision', 'preference', 'procedure', 'event', 'message',
                'passage', 'observation')),
            ADD COLUMN trust text NOT NULL DEFAULT 'told' CONSTRAINT ck_memories_trust CHECK
                (trust IN ('told', 'learned', 'imported', 'untrusted')),
            ADD COLUMN document text,
            ADD COLUMN valid_from timestamptz,
            ADD COLUMN valid_until timestamptz,
            ADD COLUMN superseded_by uuid CONSTRAINT fk_memories_superseded_by
                REFERENCES memories ON DELETE SET NULL,
            ADD COLUMN expires_at timestamptz
    """)
    # These names mean shared scopes from now on; a namespace that was called so keeps its memories.
    op.execute("""
        UPDATE memories SET scope = 'own:' || scope WHERE scope = 'org' OR scope LIKE 'team:%'
    """)
    op.execute("""
        CREATE INDEX ix_memories_superseded_by ON memories (superseded_by)
        WHERE superseded_by IS NOT NULL
    """)
    op.execute("CREATE INDEX ix_memories_owner_id ON memories (owner, id)")
    op.execute("""
        CREATE INDEX ix_memories_expires_at ON memories (expires_at) WHERE expires_at IS NOT NULL
    """)


def _add_tables() -> None:
    op.execute("""
        CREATE TABLE memory_changes (
            id uuid CONSTRAINT pk_memory_changes PRIMARY KEY,
            memory_id uuid NOT NULL,
            owner text NOT NULL,
            deed text NOT NULL CONSTRAINT ck_memory_changes_deed CHECK (deed IN
                ('changed', 'superseded', 'deleted', 'restored')),
            actor text NOT NULL,
            at timestamptz NOT NULL,
            before jsonb
        )
    """)
    op.execute("CREATE INDEX ix_memory_changes_memory_id ON memory_changes (memory_id, id)")
    op.execute("CREATE INDEX ix_memory_changes_owner ON memory_changes (owner)")
    op.execute("CREATE INDEX ix_memory_changes_at ON memory_changes (at) WHERE deed = 'deleted'")
    op.execute("""
        CREATE TABLE memory_links (
            from_id uuid NOT NULL
                CONSTRAINT fk_memory_links_from_id REFERENCES memories ON DELETE CASCADE,
            to_id uuid NOT NULL
                CONSTRAINT fk_memory_links_to_id REFERENCES memories ON DELETE CASCADE,
            relation text NOT NULL,
            owner text NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT pk_memory_links PRIMARY KEY (from_id, to_id, relation)
        )
    """)
    op.execute("CREATE INDEX ix_memory_links_to_id ON memory_links (to_id)")
    op.execute("""
        CREATE TABLE memory_entities (
            id uuid CONSTRAINT pk_memory_entities PRIMARY KEY,
            owner text NOT NULL,
            name text NOT NULL,
            entity_type text NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT uq_memory_entities_name UNIQUE (owner, name)
        )
    """)
    op.execute("""
        CREATE TABLE memory_relations (
            from_id uuid NOT NULL
                CONSTRAINT fk_memory_relations_from_id REFERENCES memory_entities ON DELETE CASCADE,
            to_id uuid NOT NULL
                CONSTRAINT fk_memory_relations_to_id REFERENCES memory_entities ON DELETE CASCADE,
            relation_type text NOT NULL,
            owner text NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT pk_memory_relations PRIMARY KEY (from_id, to_id, relation_type)
        )
    """)
    op.execute("CREATE INDEX ix_memory_relations_to_id ON memory_relations (to_id)")
    op.execute("CREATE INDEX ix_memory_relations_owner ON memory_relations (owner)")
    # What is said of an entity is a memory like any other, and is found like any other.
    op.execute("""
        ALTER TABLE memories ADD COLUMN entity_id uuid
            CONSTRAINT fk_memories_entity_id REFERENCES memory_entities ON DELETE CASCADE
    """)
    op.execute("""
        CREATE INDEX ix_memories_entity_id ON memories (entity_id) WHERE entity_id IS NOT NULL
    """)


def _add_functions() -> None:
    # They stand before the wall: which teams somebody is in is nobody's row, and a match of words
    # could not look into the index behind it (0016).
    op.execute("""
        CREATE FUNCTION memory_spaces(wanted text) RETURNS text[]
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public AS $$
        DECLARE
            viewer text := nullif(current_setting('sophia.user_id', true), '');
            person uuid := CASE WHEN pg_input_is_valid(viewer, 'uuid') THEN viewer::uuid END;
        BEGIN
            RETURN array_remove(ARRAY[viewer], NULL) || ARRAY(
                SELECT chr(31) || 'org' FROM public.users account
                WHERE account.id = person AND account.disabled_at IS NULL
                    AND (wanted = 'read' OR account.role IN ('owner', 'admin'))
                UNION ALL
                SELECT chr(31) || 'team:' || member.team_id
                FROM public.team_members member JOIN public.users account
                    ON account.id = member.user_id
                WHERE member.user_id = person AND account.disabled_at IS NULL
                    AND (wanted = 'read' OR member.role = 'maintainer'
                        OR (wanted = 'add' AND account.role <> 'viewer'))
            );
        END $$
    """)
    op.execute("""
        CREATE FUNCTION memory_teams() RETURNS TABLE (id uuid, name text)
        LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public AS $$
            SELECT team.id, team.name FROM public.teams team
            WHERE chr(31) || 'team:' || team.id = ANY (public.memory_spaces('read'))
        $$
    """)
    op.execute("""
        CREATE FUNCTION find_memories_in_spaces(lexemes text[], spaces text[], wanted text)
        RETURNS TABLE (id uuid, scope text, conversation text, "position" integer, length integer,
            terms tsvector)
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $$
        DECLARE
            readable text[] := memory_spaces('read');
            chosen text[] := CASE WHEN spaces IS NULL THEN readable ELSE
                ARRAY(SELECT unnest(spaces) INTERSECT SELECT unnest(readable)) END;
            asked bigint[] := (
                SELECT array_agg(hashtextextended(
                    concat_ws(chr(31), space, nullif(wanted, ''), lexeme), 0))
                FROM unnest(lexemes) AS lexeme, unnest(chosen) AS space
            );
        BEGIN
            RETURN QUERY
            SELECT found.id, found.scope, found.conversation, found.position, found.length,
                found.terms
            FROM public.memories found
            WHERE found.owner = ANY (chosen) AND found.keys && asked
                AND (wanted IS NULL OR found.scope = wanted);
        END $$
    """)
    for function in _FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {_ROLE}")


def downgrade() -> None:
    for name in ("read_rows", "add_rows", "change_rows", "remove_rows"):
        op.execute(f"DROP POLICY {name} ON memories")
    op.execute("DELETE FROM memories WHERE starts_with(owner, chr(31)) OR entity_id IS NOT NULL")
    op.execute(f"CREATE POLICY own_rows ON memories TO {_ROLE} USING (owner = {_USER})")
    op.execute("DROP INDEX ix_memories_owner_id")
    op.execute("""
        ALTER TABLE memories DROP COLUMN author, DROP COLUMN kind, DROP COLUMN trust,
            DROP COLUMN document, DROP COLUMN valid_from, DROP COLUMN valid_until,
            DROP COLUMN superseded_by, DROP COLUMN expires_at, DROP COLUMN entity_id
    """)
    for table in reversed(_TABLES):
        op.execute(f"DROP TABLE {table}")
    for function in reversed(_FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
