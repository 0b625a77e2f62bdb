"""MCP servers of others that the operator registered."""

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE mcp_servers (
            name text CONSTRAINT pk_mcp_servers PRIMARY KEY,
            url text,
            sealed_headers text,
            wants_login boolean NOT NULL,
            client_id text,
            command text[],
            sealed_environment text,
            memory_mb integer,
            processes integer,
            held_at text,
            held_until timestamptz,
            is_enabled boolean NOT NULL,
            added_by uuid CONSTRAINT fk_mcp_servers_added_by REFERENCES users ON DELETE SET NULL,
            created_at timestamptz NOT NULL,
            revision uuid NOT NULL,
            CONSTRAINT ck_mcp_servers_kind CHECK ((url IS NULL) <> (command IS NULL))
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE mcp_servers")
