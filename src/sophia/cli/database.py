"""`sophia db upgrade` and `sophia openapi`: the schema of the database and of the API."""

import json

import typer

from sophia.settings import Settings

_db = typer.Typer(no_args_is_help=True, help="The database.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_db, name="db")
    app.command()(openapi)


@_db.command()
def upgrade() -> None:
    """Bring the database's schema up to date."""
    from sophia.store import migrate  # noqa: PLC0415 - start-up time

    applied = migrate.upgrade(Settings().database_url)
    typer.echo(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.")


@_db.callback()
def _group() -> None:
    """Keep `upgrade` a command of its own while it is the only one."""


def openapi() -> None:
    """Print the API's OpenAPI description; nothing is opened or started."""
    from sophia.api.app import build  # noqa: PLC0415 - start-up time
    from sophia.wiring.api import open_api  # noqa: PLC0415 - start-up time

    app = build(lambda: open_api(Settings()))
    typer.echo(json.dumps(app.openapi(), indent=2))
