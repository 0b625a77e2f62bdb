"""`sophia schedules`: the owner's turns that begin by the clock."""

import json
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from sophia.cli.api import asked
from sophia.cli.identity import IsJson

_COLUMNS = {
    "list": ("schedule_id", "message", "cron", "time_zone", "next_run_at", "paused_because"),
    "runs": ("due_at", "outcome", "reason", "turn_id", "turn_status"),
}
_schedules = typer.Typer(no_args_is_help=True, help="Turns that begin by the clock.")

ScheduleId = Annotated[UUID, typer.Argument(help="As `sophia schedules list` prints it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_schedules, name="schedules")


@_schedules.command("list")
def list_schedules(*, is_json: IsJson = False) -> None:
    """List the owner's schedules."""
    _show(_asked("GET", ""), _COLUMNS["list"], is_json=is_json)


@_schedules.command("add")
def add(  # noqa: PLR0913 - the command's options
    message: str,
    *,
    cron: Annotated[str | None, typer.Option(help='Five fields, as in "0 7 * * 1-5".')] = None,
    on: Annotated[
        str | None,
        typer.Option(help="What is to happen, as in github:pull_request.opened,issues."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="A fact that it must have, as in repo=octo/hello; repeat it."),
    ] = None,
    time_zone: Annotated[str, typer.Option(help='As in "Europe/Berlin".')] = "UTC",
    session: Annotated[
        UUID | None, typer.Option(help="The conversation; a new one for each run unless given.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model that answers.")] = None,
    tool: Annotated[
        list[str] | None,
        typer.Option(help="A tool that the turn may use; repeat it. All unless given."),
    ] = None,
    is_json: IsJson = False,
) -> None:
    """Have a message said by the clock or when something happens, in the owner's name."""
    body: dict[str, Any] = {"message": message, "cron": cron, "time_zone": time_zone}
    if on is not None:
        vendor, _, events = on.partition(":")
        facts = dict(_fact(one) for one in where or ())
        body["on"] = {"vendor": vendor, "events": events.split(","), "where": facts}
    body |= {"model": model, "session_id": session and str(session), "tools": tool or None}
    _show(_asked("POST", "", body), _COLUMNS["list"], is_json=is_json)


def _fact(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise typer.BadParameter(f"{written!r} is no fact: write it as repo=octo/hello.")
    return name, value


@_schedules.command("remove")
def remove(schedule_id: ScheduleId) -> None:
    """Delete a schedule; the conversations that it began stay."""
    _asked("DELETE", f"/{schedule_id}")


@_schedules.command("pause")
def pause(schedule_id: ScheduleId, *, is_json: IsJson = False) -> None:
    """Have a schedule not run until it is resumed."""
    changed = _asked("PATCH", f"/{schedule_id}", {"is_enabled": False})
    _show(changed, _COLUMNS["list"], is_json=is_json)


@_schedules.command("resume")
def resume(schedule_id: ScheduleId, *, is_json: IsJson = False) -> None:
    """Have a schedule run again; what was missed meanwhile is not caught up."""
    changed = _asked("PATCH", f"/{schedule_id}", {"is_enabled": True})
    _show(changed, _COLUMNS["list"], is_json=is_json)


@_schedules.command("run")
def run(schedule_id: ScheduleId, *, is_json: IsJson = False) -> None:
    """Have a schedule run within seconds, paused or not."""
    _show(_asked("POST", f"/{schedule_id}/run"), _COLUMNS["list"], is_json=is_json)


@_schedules.command("runs")
def runs(schedule_id: ScheduleId, *, is_json: IsJson = False) -> None:
    """Show what came of a schedule's runs, the newest first."""
    _show(_asked("GET", f"/{schedule_id}/runs"), _COLUMNS["runs"], is_json=is_json)


def _asked(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    return asked(method, f"/schedules{path}", body)


def _show(told: dict[str, Any], columns: tuple[str, ...], *, is_json: bool) -> None:
    if is_json:
        typer.echo(json.dumps(told, indent=2))
        return
    table = Table(*columns)
    for item in told.get("items", [told]):
        table.add_row(*(str(item[name] or "") for name in columns))
    Console().print(table)
