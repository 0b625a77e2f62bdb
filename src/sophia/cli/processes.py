"""`sophia api|worker`: the processes, each in the foreground."""

import typer

from sophia.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(api)
    app.command()(worker)


def api() -> None:
    """Serve the API and the console."""
    from sophia.api.main import run  # noqa: PLC0415 - start-up time

    run(Settings())


def worker() -> None:
    """Run turns and background jobs."""
    from sophia.worker.main import run  # noqa: PLC0415 - start-up time

    run(Settings())
