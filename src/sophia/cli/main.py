"""`sophia`: the command line. A command imports its heavy parts when it runs."""

import sys
import traceback
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

import typer
from pydantic import ValidationError

from sophia import __version__
from sophia.cli import database, processes, up
from sophia.kit.errors import Kind, SophiaError
from sophia.settings import Settings

# The codes of sysexits.h, as far as they say something.
EXIT_CODES: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.INVALID: 64,
        Kind.UNAUTHENTICATED: 77,
        Kind.FORBIDDEN: 77,
        Kind.MISSING: 66,
        Kind.CONFLICT: 73,
        Kind.EXHAUSTED: 75,
        Kind.UNAVAILABLE: 69,
        Kind.TIMEOUT: 75,
        Kind.BUG: 70,
    }
)
_INTERRUPTED = 130
# These answer at once, without the libraries of the database and of the terminal client.
_QUICK = frozenset({*up.COMMANDS, *processes.COMMANDS, *database.COMMANDS, "--version"})


def main() -> None:
    """Run the command line and end the process with its exit code."""
    arguments = sys.argv[1:]
    try:
        build(arguments)(arguments, prog_name="sophia")
    except SophiaError as error:
        sys.exit(_fail(error.message, EXIT_CODES[error.kind]))
    except ValidationError as error:
        sys.exit(_fail(_setting_in_words(error), EXIT_CODES[Kind.INVALID]))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the command line's edge
        if _is_debugging():
            traceback.print_exc()
        said = f"Unexpected: {type(error).__name__}: {error}".splitlines()[0]
        sys.exit(_fail(f"{said} (SOPHIA_LOG_LEVEL=debug shows more)", EXIT_CODES[Kind.BUG]))


def build(arguments: Sequence[str]) -> typer.Typer:
    """Give the commands: all of them, unless the one that is asked for is a quick one."""
    app = typer.Typer(
        help="Sophia, a self-hosted AI operations desk.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_options)
    for group in (up, processes, database):
        group.register(app)
    servers = processes.mcp_group()
    app.add_typer(servers, name="mcp")
    if not _is_quick(arguments):
        from sophia.cli import (  # noqa: PLC0415 - start-up time
            audit,
            conversations,
            identity,
            mcp,
            people,
            schedules,
            tools,
        )
        from sophia.cli.chat import chat  # noqa: PLC0415 - start-up time

        app.command()(chat)
        conversations.register(app)
        identity.register(app)
        tools.register(app)
        audit.register(app)
        people.register(app)
        schedules.register(app)
        mcp.register(servers)
    return app


def _is_quick(arguments: Sequence[str]) -> bool:
    """Say whether a command is wanted that starts something, and starts at once."""
    return bool(arguments) and (arguments[0] in _QUICK or list(arguments[:2]) == ["mcp", "serve"])


def _options(
    *,
    is_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if is_version:
        typer.echo(f"sophia {__version__}")


def _fail(message: str, code: int) -> int:
    typer.echo(message, err=True)
    return code


def _setting_in_words(error: ValidationError) -> str:
    """Name the first wrong setting in one line; never its value, which may be a secret."""
    found = error.errors(include_url=False, include_input=False)[0]
    name = str(found["loc"][0]) if found["loc"] else error.title
    field = Settings.model_fields.get(name)
    variable = name if field is None or name.isupper() else f"SOPHIA_{name.upper()}"
    return f"{variable} is wrong: {found['msg']}."


def _is_debugging() -> bool:
    try:
        return Settings().log_level == "debug"
    except ValidationError:
        return False


if __name__ == "__main__":
    main()
