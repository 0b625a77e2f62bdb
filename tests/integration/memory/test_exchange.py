from collections.abc import AsyncIterator
from uuid import uuid4

import orjson
import pytest

from sophia.kit.clock import SystemClock
from sophia.memory.errors import ImportUnreadableError
from sophia.memory.exchange import MemoryExchange
from sophia.memory.graph import KnowledgeGraph
from sophia.memory.schemas import MemoryFilter, MemoryIn
from sophia.memory.screening import Screen
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import ListQuery
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.integration.memory.conftest import Teams

type Databases = tuple[UserDatabase, Database]


@pytest.fixture(name="owner")
def _owner() -> str:
    return str(uuid4())


@pytest.fixture(scope="session", name="exchange")
def _exchange(databases: Databases) -> MemoryExchange:
    return exchange_over(databases, Screen())


def exchange_over(databases: Databases, screen: Screen) -> MemoryExchange:
    graph = KnowledgeGraph(databases[0], SystemClock(), screen=screen)
    return MemoryExchange(databases[0], graph, SystemClock(), screen=screen)


async def whole(lines: AsyncIterator[bytes]) -> bytes:
    return b"".join([one async for one in lines])


def in_lines(*values: object) -> bytes:
    return b"\n".join(orjson.dumps(value) for value in values)


async def test_what_one_exports_another_imports_and_exports_the_same(
    memories: MemoryService, exchange: MemoryExchange, owner: str
) -> None:
    facts = [
        {
            "content": f"fact {number} é\n2",
            "category": "project",
            "tags": ["x"],
            "scope": "s" if number % 2 else "",
            "metadata": {"session": "talk", "turn": number, "speaker": "Ben", "k": [1]},
            "external_id": f"id {number}",
            "kind": "fact",
            "document": "a.md",
            "occurred_at": "2024-01-01T00:00:00Z",
        }
        for number in range(450)
    ]
    await memories.store_many([MemoryIn.model_validate(one) for one in facts], owner=owner)
    entity = {"type": "entity", "name": "Anna", "entityType": "person", "observations": ["tea"]}
    relation = {"type": "relation", "from": "Anna", "to": "Anna", "relationType": "knows"}
    told = await exchange.take(in_lines(entity, relation), owner=owner)
    assert (told.entities, told.relations, told.skipped) == (1, 1, [])
    other = str(uuid4())
    lines = await whole(exchange.export(MemoryFilter(), owner=owner))
    first = await exchange.take(lines, owner=other)
    again = await exchange.take(lines, owner=other)

    assert (first.added, first.known, first.entities, first.relations) == (450, 0, 1, 1)
    assert (again.added, again.known, again.entities, again.relations) == (0, 450, 0, 0)
    copied = await whole(exchange.export(MemoryFilter(), owner=other))
    assert bare(copied) == bare(lines)
    assert len(bare(await whole(exchange.export(MemoryFilter(scope="s"), owner=other)))) == 225


def bare(lines: bytes) -> list[dict[str, object]]:
    """Leave out what is another one of a copy."""
    own = {"memory_id", "created_at", "trust"}
    read = [orjson.loads(line) for line in lines.splitlines()]
    return [{name: one[name] for name in one.keys() - own} for one in read]


async def test_a_file_cut_in_half_gives_what_was_read_and_the_rest_later(
    exchange: MemoryExchange, upkeep: MemoryUpkeep, owner: str
) -> None:
    file = in_lines(*({"content": f"fact {number}"} for number in range(1_200)))
    half = await exchange.take(file[: len(file) // 2], owner=owner)
    (cut,) = half.skipped
    rest = await exchange.take(file, owner=owner)

    assert (cut.line, half.skipped_count) == (half.added + 1, 1)
    assert "no JSON" in cut.why
    assert (rest.added, rest.known) == (1_200 - half.added, half.added)
    page = await upkeep.page(ListQuery(limit=1), owner=owner)
    assert page.memories[0].trust == "imported"


async def test_what_cannot_be_taken_in_is_told_and_holds_nothing_else_up(
    exchange: MemoryExchange, databases: Databases, owner: str
) -> None:
    secret = f"AKIA{uuid4().hex[:16].upper()}"
    file = in_lines(
        {"content": "good"},
        {"content": "x", "scope": "team:not mine"},
        {"content": "x" * 40_000},
        {"content": "x", "tags": [str(number) for number in range(1_000)]},
        {"content": f"the key is {secret}"},
        {"content": "x", "valid_from": "2024-01-02", "valid_until": "2024-01-01"},
        {"type": "relation", "from": "No", "to": "Body", "relationType": "knows"},
        [1],
    )
    strict = exchange_over(databases, Screen(secrets="refuse"))
    told = await strict.take(file, owner=owner)
    assert sorted(one.line for one in told.skipped) == [2, 3, 4, 5, 6, 7, 8]
    assert (told.added, told.redacted) == (1, 0)

    lenient = await exchange.take(file, owner=owner)
    assert (lenient.added, lenient.known, lenient.redacted) == (1, 1, 1)
    assert secret.encode() not in await whole(exchange.export(MemoryFilter(), owner=owner))


async def test_an_export_is_one_s_own_unless_a_shared_scope_is_named(
    memories: MemoryService, exchange: MemoryExchange, teams: Teams
) -> None:
    anna, ben = [await teams.person() for _ in range(2)]
    team = await teams.team(ben, maintainer=anna)
    await memories.store(MemoryIn(content="shared", scope=team), owner=anna)
    await memories.store(MemoryIn(content="anna's"), owner=anna)

    assert await whole(exchange.export(MemoryFilter(), owner=ben)) == b""
    (line,) = (await whole(exchange.export(MemoryFilter(scope=team), owner=ben))).splitlines()
    assert (orjson.loads(line)["content"], orjson.loads(line)["scope"]) == ("shared", team)


@pytest.mark.parametrize("content", [b"", b"hello", b"[{", b"\xff\xfe\x00", b"null"])
async def test_a_file_that_is_none_stores_nothing(
    exchange: MemoryExchange, owner: str, content: bytes
) -> None:
    with pytest.raises(ImportUnreadableError):
        await exchange.take(content, owner=owner)
