"""Titles, the search, files: what goes with a message and where a conversation came from."""

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

_ROLE = "sophia_app"
_USER = "nullif(current_setting('sophia.user_id', true), '')::uuid"
_NEWEST = 1_000


def upgrade() -> None:
    op.execute("""
        ALTER TABLE conversations ADD COLUMN title_by text NOT NULL DEFAULT 'words'
            CONSTRAINT ck_conversations_title_by CHECK (title_by IN
                ('words', 'kept', 'model', 'person'))
    """)
    # Who named the conversations that are there is not known: they keep their names.
    op.execute("UPDATE conversations SET title_by = 'person' WHERE title <> 'New conversation'")
    op.execute("""
        CREATE INDEX ix_conversations_titled_by_words ON conversations (created_at)
        WHERE title_by = 'words'
    """)
    op.execute("ALTER TABLE conversations ADD COLUMN imported_at timestamptz")
    _index_words()
    _add_attachments()


def _index_words() -> None:
    op.execute("""
        CREATE TABLE turn_words (
            turn_id uuid CONSTRAINT pk_turn_words PRIMARY KEY
                CONSTRAINT fk_turn_words_turn_id REFERENCES turns ON DELETE CASCADE,
            user_id uuid NOT NULL
                CONSTRAINT fk_turn_words_user_id REFERENCES users ON DELETE CASCADE,
            words tsvector NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_turn_words_words ON turn_words USING gin (words)")
    op.execute("CREATE INDEX ix_turn_words_user_turn ON turn_words (user_id, turn_id)")
    # As they stand, for every language and for names; and by English stems. Between < and > and
    # around / would be tags and paths, which are no words. The bound keeps the
    # vector, whatever the words are, below the megabyte at which to_tsvector would fail.
    op.execute("""
        CREATE FUNCTION words_of_turn(message text, response text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT to_tsvector('simple', said) || to_tsvector('english', said)
            FROM (SELECT left(message, 40000) || ' ' || left(response, 40000)) AS turn (whole),
                translate(whole, '<>/', '   ') AS said
        $$
    """)
    # A trigger, not the writers of today: workers of the version before write turns as well.
    op.execute("""
        CREATE FUNCTION index_turn_words() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO turn_words (turn_id, user_id, words)
            VALUES (NEW.id, NEW.user_id, words_of_turn(NEW.message, NEW.response))
            ON CONFLICT (turn_id) DO UPDATE SET words = excluded.words;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER index_words_of_ended AFTER UPDATE OF response ON turns
        FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION index_turn_words()
    """)
    op.execute("""
        CREATE TRIGGER index_words_of_stored AFTER INSERT ON turns
        FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION index_turn_words()
    """)
    op.execute("""
        INSERT INTO turn_words (turn_id, user_id, words)
        SELECT id, user_id, words_of_turn(message, response) FROM turns
        WHERE ended_at IS NOT NULL
    """)
    op.execute("ALTER TABLE turn_words ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON turn_words TO {_ROLE} USING (user_id = {_USER})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON turn_words TO {_ROLE}")
    # Behind row-level security a match of words may not look into the index: who owns the row is to
    # be asked first. So this one function stands before the wall, and names the user itself.
    #
    # Common words fill a page from the newest turns alone; where those do not, the words are rare
    # enough for the index. Neither way reads all turns, and the planner is to guess no third one:
    # what it plans knows no words, and the second branch runs when the first was not enough.
    op.execute(f"""
        CREATE FUNCTION find_turns(asked tsquery, before uuid, many integer) RETURNS SETOF uuid
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan AS $$
        DECLARE
            viewer uuid := {_USER};
            upto uuid := coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
        BEGIN
            RETURN QUERY
            WITH earlier AS MATERIALIZED (
                SELECT found.turn_id FROM public.turn_words found
                WHERE found.words @@ asked AND found.user_id = viewer AND found.turn_id < (
                    SELECT own.turn_id FROM public.turn_words own
                    WHERE own.user_id = viewer AND own.turn_id < upto
                    ORDER BY own.turn_id DESC OFFSET {_NEWEST - 1} LIMIT 1)
            )
            (SELECT newest.turn_id FROM (
                SELECT own.turn_id, own.words FROM public.turn_words own
                WHERE own.user_id = viewer AND own.turn_id < upto
                ORDER BY own.turn_id DESC LIMIT {_NEWEST}) newest
             WHERE newest.words @@ asked)
            UNION ALL
            (SELECT earlier.turn_id FROM earlier ORDER BY earlier.turn_id DESC)
            LIMIT many;
        END $$
    """)  # noqa: S608 - constants of this module
    op.execute("REVOKE ALL ON FUNCTION find_turns FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION find_turns TO {_ROLE}")


def _add_attachments() -> None:
    op.execute("""
        CREATE TABLE attachment_contents (
            user_id uuid NOT NULL
                CONSTRAINT fk_attachment_contents_user_id REFERENCES users ON DELETE CASCADE,
            sha256 bytea NOT NULL,
            content bytea NOT NULL,
            CONSTRAINT pk_attachment_contents PRIMARY KEY (user_id, sha256)
        )
    """)
    # What is stored is compressed already, or read whole.
    op.execute("ALTER TABLE attachment_contents ALTER content SET STORAGE EXTERNAL")
    op.execute("""
        CREATE TABLE attachments (
            id uuid CONSTRAINT pk_attachments PRIMARY KEY,
            user_id uuid NOT NULL
                CONSTRAINT fk_attachments_user_id REFERENCES users ON DELETE CASCADE,
            sha256 bytea NOT NULL,
            name text NOT NULL,
            media_type text NOT NULL,
            size_bytes integer NOT NULL,
            said text,
            pages integer,
            is_cut boolean NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT fk_attachments_user_id_sha256 FOREIGN KEY (user_id, sha256)
                REFERENCES attachment_contents ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX ix_attachments_user_sha256 ON attachments (user_id, sha256)")
    op.execute("CREATE INDEX ix_attachments_created_at ON attachments (created_at)")
    op.execute("""
        CREATE TABLE turn_attachments (
            turn_id uuid NOT NULL
                CONSTRAINT fk_turn_attachments_turn_id REFERENCES turns ON DELETE CASCADE,
            attachment_id uuid NOT NULL
                CONSTRAINT fk_turn_attachments_attachment_id REFERENCES attachments,
            place integer NOT NULL,
            CONSTRAINT pk_turn_attachments PRIMARY KEY (turn_id, attachment_id)
        )
    """)
    op.execute("CREATE INDEX ix_turn_attachments_attachment ON turn_attachments (attachment_id)")
    owned = {
        "attachment_contents": f"user_id = {_USER}",
        "attachments": f"user_id = {_USER}",
        "turn_attachments": "turn_id IN (SELECT id FROM turns)",
    }
    for table, whose in owned.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} TO {_ROLE} USING ({whose})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {_ROLE}")


def downgrade() -> None:
    op.execute("DROP TABLE turn_attachments")
    op.execute("DROP TABLE attachments")
    op.execute("DROP TABLE attachment_contents")
    op.execute("DROP FUNCTION find_turns")
    op.execute("DROP TRIGGER index_words_of_ended ON turns")
    op.execute("DROP TRIGGER index_words_of_stored ON turns")
    op.execute("DROP FUNCTION index_turn_words")
    op.execute("DROP FUNCTION words_of_turn")
    op.execute("DROP TABLE turn_words")
    op.execute("ALTER TABLE conversations DROP COLUMN title_by, DROP COLUMN imported_at")
