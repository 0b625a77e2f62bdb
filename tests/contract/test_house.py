"""The house rules hold, and each of them can fail."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

import pytest
import typer

from sophia.cli.main import build
from sophia.core import registry
from tests.support import house
from tests.support.house import Rule, SourceFile

SOURCE = house.files("src/sophia/**/*.py")
TESTS = house.files("tests/**/*.py")
BENCH = house.files("bench/**/*.py")
PYTHON = [*SOURCE, *TESTS, *BENCH]
CONSOLE = [
    file
    for file in house.files("web/src/**/*.ts", "web/src/**/*.tsx", "web/src/**/*.css")
    if file.path != "web/src/api/schema.d.ts"
]
PAGES = [file for file in CONSOLE if ".test." not in file.path]
DOCS = house.files("*.md", "docs/**/*.md", "web/*.md")
SCRIPTS = house.files("Makefile", "sophia", "scripts/*", ".ci/*", "pyproject.toml")

RULES: list[tuple[Rule, list[SourceFile]]] = [
    (house.is_short_enough, [*PYTHON, *CONSOLE]),
    (house.has_no_empty_words, PYTHON),
    (house.catches_only_what_it_knows, PYTHON),
    (house.gives_durations_their_unit, PYTHON),
    (house.imports_openly, PYTHON),
    (house.is_finished, PYTHON),
    (house.tests_by_fakes, TESTS),
    (house.names_tests_as_sentences, TESTS),
    (house.has_a_known_role, SOURCE),
    (house.routes_show_their_scope, SOURCE),
    (house.names_no_machine, [*PYTHON, *CONSOLE, *DOCS, *SCRIPTS]),
    (house.has_no_emoji, [*SOURCE, *PAGES, *DOCS, *SCRIPTS]),
]

ROUTE = '@router.get("/x")\nasync def read_x(chat: Chat) -> None: ...\n'
PUBLIC = '@router.get("/health")\nasync def health(viewer: ChatReader) -> None: ...\n'
HIDDEN = "from typing import TYPE_CHECKING\n"
SWALLOWED = "try:\n    go()\nexcept ValueError:\n    pass\n"
BLIND = "try:\n    go()\nexcept Exception:\n    log()\n"

BROKEN: list[tuple[Rule, str, str]] = [
    (house.is_short_enough, "src/sophia/x.py", "x = 1\n" * 401),
    (house.is_short_enough, "tests/x.py", "x = 1\n" * 501),
    (house.is_short_enough, "web/src/x.tsx", "x\n" * 251),
    (house.has_no_empty_words, "src/sophia/core/utils.py", ""),
    (house.has_no_empty_words, "src/sophia/x.py", "class ToolManager: ..."),
    (house.has_no_empty_words, "src/sophia/x.py", "def handle_new_turn(): ..."),
    (house.has_no_empty_words, "src/sophia/x.py", "def run(*, helper): ..."),
    (house.has_no_empty_words, "src/sophia/x.py", "class HTTPBase: ..."),
    (house.catches_only_what_it_knows, "src/sophia/x.py", BLIND),
    (house.catches_only_what_it_knows, "src/sophia/cli/main.py", BLIND + BLIND),
    (house.catches_only_what_it_knows, "src/sophia/x.py", SWALLOWED),
    (house.catches_only_what_it_knows, "src/sophia/x.py", "try: go()\nexcept: log()"),
    (house.catches_only_what_it_knows, "src/sophia/x.py", "with suppress(Exception): go()"),
    (house.gives_durations_their_unit, "src/sophia/x.py", "def wait(timeout: float): ..."),
    (house.gives_durations_their_unit, "src/sophia/x.py", "class A:\n    delay: int | None"),
    (house.gives_durations_their_unit, "src/sophia/x.py", "_RETRY_DELAY = 2.5"),
    (house.imports_openly, "src/sophia/x.py", "from . import y"),
    (house.imports_openly, "src/sophia/x.py", HIDDEN),
    (house.imports_openly, "src/sophia/x.py", "import typing\nif typing.TYPE_CHECKING: ..."),
    (house.is_finished, "src/sophia/x.py", "x = 1  # TO" + "DO: more"),
    (house.tests_by_fakes, "tests/x.py", "from unittest.mock import Mock"),
    (house.tests_by_fakes, "tests/x.py", "from unittest import mock"),
    (house.tests_by_fakes, "tests/x.py", "def test_a_b_c(mocker): ..."),
    (house.tests_by_fakes, "tests/x.py", "monkeypatch.setattr(a, 'b', 1)"),
    (house.tests_by_fakes, "tests/x.py", "time.sleep(1)"),
    (house.names_tests_as_sentences, "tests/test_x.py", "def test_turn_works(): ..."),
    (house.has_a_known_role, "src/sophia/chat/stuff.py", ""),
    (house.has_a_known_role, "src/sophia/chat/more/routes.py", ""),
    (house.routes_show_their_scope, "src/sophia/chat/routes.py", ROUTE),
    (house.routes_show_their_scope, "src/sophia/api/health.py", PUBLIC),
    (house.names_no_machine, "README.md", "see " + "/" + "home/ada/sophia"),
    (house.has_no_emoji, "README.md", "Done \N{ROCKET}"),
]

GOOD_ERROR = (
    "class MissingError(SophiaError):\n"
    '    """There is no such thing: ask for another."""\n'
    '    code = "chat.thing_missing"\n'
)
BROKEN_ERRORS = [
    [SourceFile("src/sophia/chat/service.py", GOOD_ERROR)],
    [SourceFile("src/sophia/chat/errors.py", GOOD_ERROR.replace(": ask for another", ""))],
    [SourceFile("src/sophia/chat/errors.py", GOOD_ERROR.replace("chat.thing", "Chat"))],
    [
        SourceFile("src/sophia/chat/errors.py", GOOD_ERROR),
        SourceFile("src/sophia/memory/errors.py", GOOD_ERROR.replace("Missing", "Gone")),
    ],
    [
        SourceFile("src/sophia/chat/errors.py", GOOD_ERROR),
        SourceFile("src/sophia/memory/errors.py", "class FarError(MissingError): ..."),
    ],
]

PORTS = [
    registry.API_PORT,
    registry.CONSOLE_PORT,
    registry.WORKER_PORT,
    registry.POSTGRES_PORT,
    registry.REDIS_PORT,
    *(server.port for server in registry.MCP_SERVERS.values()),
]
# The usual ports of somebody else's servers, where a URL names none.
OUTSIDE = "src/sophia/supervisor/doctor.py"


def name_of(value: object) -> str | None:
    return getattr(value, "__name__", None)


@pytest.mark.parametrize(("rule", "found"), RULES, ids=name_of)
def test_every_file_keeps_the_rule(rule: Rule, found: list[SourceFile]) -> None:
    assert found
    assert [f"{file.path}:{said}" for file in found for said in rule(file)] == []


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN, ids=name_of)
def test_the_rule_sees_what_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(SourceFile(path, text)))


def test_every_rule_is_shown_to_see_something() -> None:
    assert {rule for rule, _ in RULES} == {rule for rule, _, _ in BROKEN}


def test_every_error_says_what_to_do_under_a_code_of_its_own() -> None:
    assert len(house.error_classes(SOURCE)) > 40
    assert list(house.errors_say_what_to_do(SOURCE)) == []


@pytest.mark.parametrize("found", BROKEN_ERRORS)
def test_the_rule_of_errors_sees_what_breaks_it(found: list[SourceFile]) -> None:
    assert list(house.errors_say_what_to_do(found))


def test_a_good_error_breaks_no_rule() -> None:
    good = SourceFile("src/sophia/chat/errors.py", GOOD_ERROR)
    assert list(house.errors_say_what_to_do([good])) == []


def test_every_public_route_and_named_module_is_there() -> None:
    routes = {
        f"{file.path}:{function.name}" for file in SOURCE for function in house.functions(file)
    }
    modules = {file.path for file in SOURCE}
    concepts = chain.from_iterable(
        (f"src/sophia/{feature}/{name}.py" for name in names)
        for feature, names in house.FEATURES.items()
    )

    assert house.PUBLIC_ROUTES - routes == set()
    assert set(concepts) - modules == set()
    assert house.EDGES - modules == set()


def test_only_the_registry_writes_ports_out_and_each_once() -> None:
    ours = [file for file in SOURCE if file.path != OUTSIDE]
    assert list(house.ports_stand_once(ours, PORTS)) == []


def test_the_rule_of_ports_sees_what_breaks_it() -> None:
    written_out = SourceFile("src/sophia/x.py", "PORT = 9001\n")
    assert list(house.ports_stand_once([written_out], PORTS))
    assert list(house.ports_stand_once([], [8000, 8000]))


def commands_of(app: typer.Typer, *above: str) -> Iterator[tuple[str, str]]:
    """Give each command's whole name and what its help says."""
    for command in app.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "").replace("_", "-")
        says = command.help or (command.callback.__doc__ if command.callback else None)
        yield " ".join([*above, name]), says or ""
    for group in app.registered_groups:
        assert group.typer_instance
        yield from commands_of(group.typer_instance, *above, str(group.name))


def test_every_command_is_there_once_and_says_what_it_does() -> None:
    commands = list(commands_of(build([])))
    names = Counter(name for name, _ in commands)

    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name, says in commands if not says] == []
    assert {"up", "chat", "token", "db upgrade"} <= set(names)


@pytest.mark.parametrize("command", sorted({name for name, _ in commands_of(build([]))}))
def test_a_command_that_is_asked_for_is_loaded_with_its_neighbours_alone(command: str) -> None:
    loaded = {name for name, _ in commands_of(build(command.split()))}

    assert command in loaded
    assert len({name.split()[0] for name in loaded}) <= 5
