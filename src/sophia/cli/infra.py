"""`sophia infra`: the GPU machines and what they cost."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sophia.cli.api import asked
from sophia.cli.identity import IsJson

_app = typer.Typer(no_args_is_help=True, help="The GPU machines and what they cost.")
_MACHINE = ("name", "status", "instance_type", "region", "ip", "hourly_usd", "id")
_COST = ("start", "cost_usd", "peak_hourly_usd", "most_machines", "measured_hours")
_COST_OF = ("name", "instance_type", "cost_usd", "measured_hours", "id")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_app, name="infra")


@_app.command()
def status(*, is_json: IsJson = False) -> None:
    """Show the GPU machines at Lambda and what they cost now."""
    told = asked("GET", "/lambda-labs/status")
    if is_json:
        typer.echo(json.dumps(told, indent=2))
        return
    _table("GPU machines", _MACHINE, told["instances"])
    typer.echo(f"{told['total_cost_per_hour']} an hour, {told['total_cost_per_month']} a month.")
    if told["note"]:
        typer.echo(told["note"], err=True)


@_app.command()
def costs(
    *,
    days: Annotated[int, typer.Option(min=1, max=366, help="Up to three: by hours.")] = 30,
    is_json: IsJson = False,
) -> None:
    """Show what the GPU machines have cost, as it was measured."""
    told = asked("GET", f"/lambda-labs/costs?days={days}")
    if is_json:
        typer.echo(json.dumps(told, indent=2))
        return
    _table(f"Cost by {told['unit']}s", _COST, told["items"])
    _table("Cost by machines", _COST_OF, told["machines"])
    typer.echo(f"${told['total_usd']:,.2f} in {days} days, as far as it was measured.")


def _table(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if not rows:
        typer.echo(f"{title}: none.")
        return
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in columns))
    Console().print(table)
