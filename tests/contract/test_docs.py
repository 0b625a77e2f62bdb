"""The reference names what there is, and nothing else; every link of the documentation resolves."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main
from prometheus_client.metrics import MetricWrapperBase

import sophia
from sophia.api.app import build as build_api
from sophia.cli.main import EXIT_CODES
from sophia.cli.main import build as build_commands
from sophia.core import registry
from sophia.core.events import TurnEvent
from sophia.identity.schemas import Scope
from sophia.kit import metrics
from sophia.kit.errors import Kind, SophiaError
from sophia.settings import Settings
from tests.support.tools import TOOLS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md")], key=lambda path: path.relative_to(ROOT).as_posix()
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (REFERENCE / name).read_text()


def first_cells(text: str) -> list[str]:
    """Give what stands in backquotes in the first cells of the tables."""
    rows = (line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def section(text: str, heading: str) -> str:
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def test_every_setting_is_in_the_reference() -> None:
    there = [
        str(field.validation_alias or f"SOPHIA_{name.upper()}")
        for name, field in Settings.model_fields.items()
    ]
    told = first_cells(page("settings.md").partition("\n## ")[0])
    assert told == there


def test_every_default_in_the_reference_is_the_real_one() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page("settings.md"), re.MULTILINE))
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"SOPHIA_{name.upper()}")
        if variable in rows and name != "home":
            assert rows[variable] == str(field.default)


def test_every_metric_is_in_the_reference_with_its_labels() -> None:
    there = {
        _sample_name(metric): [f"`{label}`" for label in cast("Any", metric)._labelnames]  # noqa: SLF001 - the library shows them nowhere else
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
    }
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| ([^|]*) \|", page("metrics.md"), re.MULTILINE)
    assert {name: labels.split(", ") if labels else [] for name, labels in rows} == there


def _sample_name(metric: MetricWrapperBase) -> str:
    found = next(iter(metric.describe()))
    return f"{found.name}_total" if found.type == "counter" else found.name


def test_every_route_is_in_the_reference_with_its_scope() -> None:
    def opened() -> Any:
        raise AssertionError("nothing is opened to describe the API")

    paths: dict[str, dict[str, Any]] = build_api(opened).openapi()["paths"]
    there = {
        f"{method.upper()} {path}": _scope(operation)
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    rows = re.findall(r"^\| `([A-Z]+ /[^`]*)` \| `?([\w:]+)`? \|", page("api.md"), re.MULTILINE)
    told = {route: scope for route, scope in rows if not route.startswith("WS ")}
    assert told == there


def _scope(operation: dict[str, Any]) -> str:
    needed = [s for way in operation.get("security", ()) for scopes in way.values() for s in scopes]
    return ", ".join(needed) or "none"


def test_every_scope_is_in_the_reference() -> None:
    assert first_cells(section(page("api.md"), "## Scopes")) == [scope.value for scope in Scope]


def test_every_error_code_is_in_the_reference_with_its_kind_and_message() -> None:
    there = {
        (error.code, error.kind.value, _message(error))
        for error in _errors()
        if error.__module__.startswith("sophia.")
    }
    rows = re.findall(r"^\| `([\w.]+\.\w+)` \| (\w+) \| (.+) \|$", page("errors.md"), re.MULTILINE)
    assert set(rows) == there


def test_every_kind_is_in_the_reference_with_its_exit_code() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+) \| error frame \| (\d+) \|", page("errors.md"), re.MULTILINE
    )
    assert {kind: int(code) for kind, _, code in rows} == {
        kind.value: EXIT_CODES[kind] for kind in Kind
    }


def _errors() -> Iterator[type[SophiaError]]:
    for module in pkgutil.walk_packages(sophia.__path__, "sophia."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    waiting: list[type[SophiaError]] = [SophiaError]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        yield from children


def _message(error: type[SophiaError]) -> str:
    return (error.__doc__ or "").splitlines()[0]


def test_every_command_is_in_the_reference_with_its_options() -> None:
    there = dict(_commands(typer.main.get_command(build_commands([])), "sophia"))
    rows = re.findall(r"^\| `(sophia[^`]*)` \|([^|]*)\|", page("cli.md"), re.MULTILINE)
    told = {
        re.split(r" [\[A-Z]", name)[0]: set(re.findall(r"`([^`]+)`", options))
        for name, options in rows
        if "--version" not in name
    }
    assert told == there


def _commands(command: Any, name: str) -> Iterable[tuple[str, set[str]]]:
    if hasattr(command, "commands"):
        for child, nested in command.commands.items():
            yield from _commands(nested, f"{name} {child}")
        return
    options = (one for one in command.params if one.param_type_name == "option" and not one.hidden)
    yield name, {way for option in options for way in option.opts} - {"--help"}


@pytest.mark.parametrize("server", TOOLS)
def test_every_tool_is_in_the_reference_with_its_arguments(server: str) -> None:
    text = section(page("tools.md"), f"## {registry.MCP_SERVERS[server].title}")
    for tool in TOOLS[server]:
        told = first_cells(section(f"{text}\n## ", f"### {tool.name}").partition("\n### ")[0])
        assert sorted(told) == sorted(tool.arguments.model_fields), tool.name
    assert re.findall(r"^### (\w+)$", text, re.MULTILINE) == [tool.name for tool in TOOLS[server]]


def test_every_port_is_in_the_reference() -> None:
    text = page("ports.md")
    for server in registry.MCP_SERVERS.values():
        state = "served" if server.is_served else "reserved, not served yet"
        assert f"| {server.title} (`{server.name}`) | {server.port} | {state} |" in text
    own = (
        registry.API_PORT,
        registry.CONSOLE_PORT,
        registry.WORKER_PORT,
        registry.POSTGRES_PORT,
        registry.REDIS_PORT,
    )
    told = [int(port) for port in re.findall(r"^\| [^|]+ \| (\d+) \|", text, re.MULTILINE)]
    assert told == [*own, *(server.port for server in registry.MCP_SERVERS.values())]


def test_every_event_is_in_the_reference_with_its_fields() -> None:
    text = page("events.md").partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*)\|", text, re.MULTILINE)
    told = {kind: re.findall(r"`(\w+)`", named) for kind, named in rows}
    there = {
        event.type: [field.name for field in fields(event)]
        for event in TurnEvent.__value__.__args__
    }
    assert told == there


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_resolves(path: Path) -> None:
    for target in LINK.findall(path.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name) if name else path
        assert linked.exists(), target
        if anchor:
            assert anchor in _anchors(linked.read_text()), target


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_code_block_of_a_page_is_well_formed(path: Path) -> None:
    for language, block in BLOCK.findall(path.read_text()):
        match language:
            case "python":
                compile(block, str(path), "exec")
            case "json":
                json.loads(block)
            case _:
                assert language in {"sh", "text"}, f"a block without a language: {block[:60]}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop().resolve()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        targets = (target.partition("#")[0] for target in LINK.findall(path.read_text()))
        waiting += [path.parent / target for target in targets if target and ":" not in target]
    assert {path for path in PAGES if "adr" not in path.parts} <= reached


def test_the_readme_is_short_and_opens_with_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    _, first = BLOCK.findall(text)[0]
    assert [line.partition("#")[0].strip() for line in first.splitlines()] == [
        "make up",
        "make test",
    ]


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in sorted((DOCS / "adr").glob("*.md")):
        headings = re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], path.name
