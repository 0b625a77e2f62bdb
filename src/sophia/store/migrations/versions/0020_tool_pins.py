"""What servers say of their tools, as it was approved."""

from alembic import op

revision: str = "0020"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    # A server that is registered again under its name begins anew: its pins go with it.
    op.execute("""
        ALTER TABLE mcp_servers
        ADD CONSTRAINT uq_mcp_servers_registration UNIQUE (name, created_at)
    """)
    op.execute("""
        CREATE TABLE pin_sets (
            id uuid CONSTRAINT pk_pin_sets PRIMARY KEY,
            server text NOT NULL,
            version text NOT NULL,
            registered_at timestamptz,
            used_at timestamptz NOT NULL,
            revision uuid NOT NULL,
            CONSTRAINT fk_pin_sets_registration FOREIGN KEY (server, registered_at)
                REFERENCES mcp_servers (name, created_at) ON DELETE CASCADE
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_pin_sets_origin
        ON pin_sets (server, version, coalesce(registered_at, '-infinity'::timestamptz))
    """)
    op.execute("""
        CREATE TABLE tool_pins (
            set_id uuid NOT NULL
                CONSTRAINT fk_tool_pins_set_id REFERENCES pin_sets ON DELETE CASCADE,
            tool text NOT NULL,
            state text NOT NULL CONSTRAINT ck_tool_pins_state CHECK (state IN
                ('pinned', 'changed', 'rejected', 'refused')),
            hash text,
            definition text,
            offered_hash text,
            offered text,
            reason text,
            seen_at timestamptz NOT NULL,
            decided_by uuid CONSTRAINT fk_tool_pins_decided_by REFERENCES users ON DELETE SET NULL,
            CONSTRAINT pk_tool_pins PRIMARY KEY (set_id, tool)
        )
    """)
    op.execute("CREATE INDEX ix_tool_pins_held ON tool_pins (set_id) WHERE state <> 'pinned'")


def downgrade() -> None:
    op.execute("DROP TABLE tool_pins")
    op.execute("DROP TABLE pin_sets")
    op.execute("ALTER TABLE mcp_servers DROP CONSTRAINT uq_mcp_servers_registration")
