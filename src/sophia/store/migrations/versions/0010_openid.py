"""Accounts at OpenID providers; whether an e-mail address is its owner's own word alone."""

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE external_identities (
            id uuid CONSTRAINT pk_external_identities PRIMARY KEY,
            user_id uuid NOT NULL CONSTRAINT fk_external_identities_user_id_users
                REFERENCES users (id) ON DELETE CASCADE,
            issuer text NOT NULL,
            subject text NOT NULL,
            email text,
            linked_at timestamptz NOT NULL,
            CONSTRAINT uq_external_identities_issuer_subject UNIQUE (issuer, subject),
            CONSTRAINT uq_external_identities_user_id_issuer UNIQUE (user_id, issuer)
        )
    """)
    op.execute("ALTER TABLE users ADD COLUMN is_email_self_given boolean NOT NULL DEFAULT false")
    # So far people gave every address themselves, and nobody checked one.
    op.execute("UPDATE users SET is_email_self_given = true WHERE email IS NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN is_email_self_given")
    op.execute("DROP TABLE external_identities")
