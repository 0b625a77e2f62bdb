"""`sophia`: the command line. Only the module of the command that is asked for is imported."""

import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Annotated

import typer
from pydantic import ValidationError

from sophia import __version__
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
# Which module of this package has which commands.
_MODULES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "up": ("up", "down", "status", "logs", "doctor"),
        "processes": ("api", "worker"),
        "database": ("db", "openapi"),
        "chat": ("chat",),
        "conversations": ("conversations",),
        "memory": ("memory",),
        "identity": ("token", "link", "keys"),
        "people": ("users",),
        "tools": ("tools",),
        "audit": ("audit",),
        "schedules": ("schedules",),
        "mcp": ("mcp",),
        "infra": ("infra",),
    }
)


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
    """Give the commands: those beside the one that is asked for, or all of them."""
    app = typer.Typer(
        help="Sophia, a self-hosted AI operations desk.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_options)
    for module in _modules_for(arguments):
        import_module(f"sophia.cli.{module}").register(app)
    return app


def _modules_for(arguments: Sequence[str]) -> list[str]:
    if list(arguments[:2]) == ["mcp", "serve"]:
        return ["serve"]  # starts at once, without what the rest of `mcp` needs
    wanted = next(iter(arguments), None)
    if wanted == "--version":
        return []
    return [name for name, commands in _MODULES.items() if wanted in commands] or list(_MODULES)


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
