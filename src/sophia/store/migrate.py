"""Bringing the schema up to date, by one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from sophia.store.errors import DatabaseRightsMissingError, DatabaseUnavailableError

# Any number that nothing else locks; every `sophia db upgrade` waits for this one.
_LOCK = 7_304_201
_CONNECT_TIMEOUT_S = 5


def upgrade(url: str) -> list[str]:
    """Apply what is missing and give the revisions applied, oldest first.

    Raises DatabaseUnavailableError when PostgreSQL cannot be reached, DatabaseRightsMissingError
    when it refuses.
    """
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": _CONNECT_TIMEOUT_S}
    )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            current = MigrationContext.configure(connection).get_current_revision()
            connection.commit()
            missing = [
                step.revision for step in scripts.iterate_revisions("head", current or "base")
            ]
            if missing:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise DatabaseRightsMissingError(
            f"PostgreSQL refused to set up the schema ({error.orig.diag.message_primary}). Let "
            f"{engine.url.username} own its database, and have an administrator say: "
            f"CREATE ROLE sophia_app NOLOGIN; GRANT sophia_app TO {engine.url.username};"
        ) from error
    except OperationalError as error:
        raise DatabaseUnavailableError(
            "PostgreSQL cannot be reached: check that it runs and that DATABASE_URL is right."
        ) from error
    return list(reversed(missing))
