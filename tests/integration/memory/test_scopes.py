"""What teams and all people share: who reads it, who writes to it, and who does neither."""

from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from sophia.kit.ids import MemoryId
from sophia.memory.errors import (
    MemoryGuardedError,
    MemoryMissingError,
    ScopeClosedError,
    ScopeUnknownError,
)
from sophia.memory.schemas import MemoryChanges, MemoryFilter, MemoryIn, SearchQuery
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import ForgetIn, ListQuery, MemoryLinkIn, SupersedeIn
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.integration.memory.conftest import Teams

FACT = "our deploy window is Friday 15:00 UTC"
FORGED = [
    *("team:nobody", "team:", "team:%", "TEAM:x", "\x1fteam:x"),
    *("org\x1f", "\x1forg", "team:0199e7c0-7d4b-7a3e-9a55-0c4f2b1d9e77"),
]


async def store(memories: MemoryService, who: str, content: str, scope: str) -> MemoryId:
    memory = MemoryIn(content=content, scope=scope)
    return MemoryId((await memories.store(memory, owner=who)).memory_id)


async def find(memories: MemoryService, who: str, scope: str | None = None) -> list[str]:
    query = SearchQuery(query="When is our deploy window?", scope=scope)
    return [one.scope for one in await memories.search(query, owner=who)]


async def test_a_team_s_members_find_what_it_keeps_and_nobody_else_does(
    memories: MemoryService, upkeep: MemoryUpkeep, teams: Teams
) -> None:
    anna, ben, eve = [await teams.person() for _ in range(3)]
    team = await teams.team(ben, maintainer=anna)
    elsewhere = await teams.team(maintainer=eve)
    id_ = await store(memories, ben, FACT, team)

    for who in (anna, ben):
        assert await find(memories, who) == [team]
        assert await find(memories, who, scope=team.upper().replace("TEAM", "team", 1)) == [team]
        assert (await memories.get(id_, owner=who)).scope == team
        (one,) = (await upkeep.page(ListQuery(scope=team), owner=who)).memories
        assert (one.memory_id, one.source.speaker) == (id_, None)
        assert await find(memories, who, scope="") == []
    assert await find(memories, eve) == []
    assert (await upkeep.page(ListQuery(), owner=eve)).memories == []
    with pytest.raises(ScopeUnknownError, match=f"there are org, {elsewhere}"):
        await find(memories, eve, scope=team)
    assert await find(memories, str(uuid4())) == []


async def test_somebody_who_leaves_a_team_no_longer_finds_what_it_keeps(
    memories: MemoryService, teams: Teams
) -> None:
    anna, ben = [await teams.person() for _ in range(2)]
    team = await teams.team(ben, maintainer=anna)
    id_ = await store(memories, ben, FACT, team)
    async with teams.database.transaction() as writer:
        await writer.execute(text("DELETE FROM team_members WHERE user_id = :id"), {"id": ben})

    assert await find(memories, ben) == []
    with pytest.raises(MemoryMissingError):
        await memories.delete(id_, owner=ben)
    assert await find(memories, anna) == [team]


async def test_what_somebody_put_into_a_team_they_and_its_maintainers_change(
    memories: MemoryService, upkeep: MemoryUpkeep, teams: Teams
) -> None:
    anna, ben, cleo = [await teams.person() for _ in range(3)]
    team = await teams.team(ben, cleo, maintainer=anna)
    id_ = await store(memories, ben, FACT, team)
    other = await store(memories, cleo, "our freeze is in December", team)

    with pytest.raises(MemoryGuardedError):
        await memories.update(id_, MemoryChanges(tags=["x"]), owner=cleo)
    with pytest.raises(MemoryGuardedError):
        await memories.delete(id_, owner=cleo)
    with pytest.raises(MemoryGuardedError):
        await upkeep.supersede(id_, SupersedeIn(content="mine"), owner=cleo)
    with pytest.raises(MemoryGuardedError):
        await upkeep.link(id_, MemoryLinkIn(other_id=other), owner=cleo)
    changed = await memories.update(id_, MemoryChanges(tags=["x"]), owner=ben)
    assert changed.tags == ["x"]
    preview = await upkeep.preview(MemoryFilter(scope=team), owner=cleo)
    assert [one.memory_id for one in preview.memories] == [other]
    await upkeep.forget(ForgetIn(scope=team, confirmation=preview.confirmation), owner=cleo)
    assert await find(memories, anna) == [team]

    await memories.delete(id_, owner=anna)
    with pytest.raises(MemoryGuardedError):
        await upkeep.restore(id_, owner=cleo)
    assert (await upkeep.restore(id_, owner=anna)).tags == ["x"]
    changes = (await upkeep.history(id_, owner=cleo)).changes
    assert [change.actor for change in changes] == [anna, anna, ben]


async def test_everybody_reads_what_is_everybody_s_and_administrators_write_it(
    memories: MemoryService, upkeep: MemoryUpkeep, teams: Teams
) -> None:
    admin, anna, viewer = [await teams.person(role) for role in ("admin", "member", "viewer")]
    team = await teams.team(viewer, maintainer=anna)
    for who, scope in ((anna, "org"), (viewer, "org"), (viewer, team)):
        with pytest.raises(ScopeClosedError):
            await store(memories, who, FACT, scope)
    id_ = await store(memories, admin, FACT, "org")

    for who in (admin, anna, viewer):
        assert await find(memories, who, scope="org") == ["org"]
    scopes = await upkeep.scopes(owner=viewer)
    assert [(one.scope, one.is_shared, one.is_writable) for one in scopes] == [
        ("org", True, False),
        (team, True, False),
    ]
    # Who is nobody here has no part in it: a client with the server's own token names anybody.
    assert await find(memories, f"free name {uuid4()}") == []
    await memories.delete(id_, owner=admin, is_for_good=True)


@pytest.mark.parametrize("scope", FORGED, ids=repr)
async def test_a_forged_scope_gives_nothing_of_a_team_and_takes_nothing_in(
    memories: MemoryService, teams: Teams, scope: str
) -> None:
    anna, eve = [await teams.person() for _ in range(2)]
    team = await teams.team(maintainer=anna)
    await store(memories, anna, FACT, team)
    with suppress(ScopeUnknownError, ScopeClosedError):
        await store(memories, eve, "mine", scope)
    with suppress(ScopeUnknownError):
        assert await find(memories, eve, scope=scope) == []
    assert await find(memories, eve) == []
    assert len(await find(memories, anna)) == 1


async def test_the_wall_itself_keeps_a_stranger_from_a_team_s_rows(
    memories: MemoryService, teams: Teams, databases: tuple[UserDatabase, Database]
) -> None:
    """As if every statement forgot whose rows it wants."""
    anna, ben, eve = [await teams.person() for _ in range(3)]
    team = await teams.team(ben, maintainer=anna)
    id_ = await store(memories, anna, FACT, team)
    await memories.update(id_, MemoryChanges(tags=["x"]), owner=anna)
    owned, _ = databases
    for table in ("memories", "memory_changes"):
        async with owned.reading(eve) as reader:
            assert await reader.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    for who in (eve, ben):
        async with owned.transaction(who) as writer:
            await writer.execute(text("UPDATE memories SET content = 'mine'"))
            await writer.execute(text("DELETE FROM memories"))
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with owned.transaction(anna) as writer:
            await writer.execute(text("UPDATE memories SET owner = :eve"), {"eve": eve})
    assert (await memories.get(id_, owner=ben)).content == FACT


async def test_a_person_s_words_are_not_swayed_by_a_team_they_are_not_in(
    memories: MemoryService, teams: Teams
) -> None:
    anna, eve = [await teams.person() for _ in range(2)]
    await store(memories, eve, FACT, "")
    query = SearchQuery(query="deploy window")
    alone = await memories.search(query, owner=eve)
    team = await teams.team(maintainer=anna)
    for number in range(20):
        await store(memories, anna, f"deploy window number {number}", team)

    assert await memories.search(query, owner=eve) == alone
