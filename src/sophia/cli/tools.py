"""`sophia tools policy`: the operator's rules for tools, at the machine itself."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sophia.approvals import repository
from sophia.approvals.schemas import RuleShape
from sophia.audit.journal import Deed, record
from sophia.cli import quarantine
from sophia.cli.owner import opened_database
from sophia.core.permission import DEFAULT_RULES, Rule, Subject, Verdict
from sophia.settings import Settings
from sophia.store.database import Database

_tools = typer.Typer(no_args_is_help=True, help="The tools and who may have them run.")
quarantine.register(_tools)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_tools, name="tools")


@_tools.command()
def policy(
    target: Annotated[str | None, typer.Argument(help="class:write, or github__*.")] = None,
    verdict: Annotated[Verdict | None, typer.Argument(help="None takes the rule away.")] = None,
    *,
    subject: Annotated[Subject, typer.Option(help="Whom it is for.")] = Subject.EVERYBODY,
    subject_id: Annotated[str, typer.Option(help="The role, or the id of the user or key.")] = "",
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the rules for tools; with a target, first set or take away one rule."""
    if target is not None:
        shape = RuleShape(
            subject=subject,
            subject_id=subject_id,
            target=target,
            verdict=verdict or Verdict.ASK,
        )
        changed = Rule(shape.subject, shape.subject_id, shape.target, shape.verdict)
        asyncio.run(_with_database(lambda database: _change(database, changed, verdict)))
    _show(asyncio.run(_with_database(_rules)), is_json=is_json)


async def _change(database: Database, changed: Rule, verdict: Verdict | None) -> None:
    async with database.transaction() as writer:
        kept = [rule for rule in await repository.rules(writer) if _place(rule) != _place(changed)]
        await repository.replace_rules(writer, kept if verdict is None else [*kept, changed])
        await record(
            writer, Deed("operator", "policy.change", via="machine", target=changed.target)
        )


async def _rules(database: Database) -> Sequence[Rule]:
    async with database.reading() as reader:
        return await repository.rules(reader)


async def _with_database[T](act: Callable[[Database], Awaitable[T]]) -> T:
    async with opened_database(Settings()) as database:
        return await act(database)


def _place(rule: Rule) -> tuple[str, str, str]:
    return rule.subject, rule.subject_id, rule.target


def _show(rules: Sequence[Rule], *, is_json: bool) -> None:
    if is_json:
        typer.echo(json.dumps([asdict(rule) for rule in rules], indent=2))
        return
    table = Table(title="Rules for tools; a narrower one wins")
    for column in ("for", "target", "verdict"):
        table.add_column(column)
    for rule in (*DEFAULT_RULES, *rules):
        table.add_row(f"{rule.subject} {rule.subject_id}".strip(), rule.target, rule.verdict)
    Console().print(table)
