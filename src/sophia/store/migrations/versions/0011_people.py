"""Invitations, teams, and which key took over from which."""

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE invitations (
            id uuid CONSTRAINT pk_invitations PRIMARY KEY,
            token_hash bytea NOT NULL CONSTRAINT uq_invitations_token_hash UNIQUE,
            role text NOT NULL
                CONSTRAINT ck_invitations_role CHECK (role IN ('admin', 'member', 'viewer')),
            email text,
            team_ids uuid[] NOT NULL,
            invited_by uuid NOT NULL
                CONSTRAINT fk_invitations_invited_by REFERENCES users ON DELETE CASCADE,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            ended_at timestamptz
        )
    """)
    op.execute("""
        CREATE TABLE teams (
            id uuid CONSTRAINT pk_teams PRIMARY KEY,
            name text NOT NULL CONSTRAINT uq_teams_name UNIQUE,
            created_at timestamptz NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE team_members (
            team_id uuid NOT NULL
                CONSTRAINT fk_team_members_team_id REFERENCES teams ON DELETE CASCADE,
            user_id uuid NOT NULL
                CONSTRAINT fk_team_members_user_id REFERENCES users ON DELETE CASCADE,
            role text NOT NULL
                CONSTRAINT ck_team_members_role CHECK (role IN ('maintainer', 'member')),
            CONSTRAINT pk_team_members PRIMARY KEY (team_id, user_id)
        )
    """)
    op.execute("CREATE INDEX ix_team_members_user_id ON team_members (user_id)")
    op.execute("ALTER TABLE api_keys ADD COLUMN rotated_from uuid")


def downgrade() -> None:
    op.execute("ALTER TABLE api_keys DROP COLUMN rotated_from")
    for table in ("team_members", "teams", "invitations"):
        op.execute(f"DROP TABLE {table}")
