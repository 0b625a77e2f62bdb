"""Whose memories are meant by a scope.

`org` is everybody's and `team:NAME` a team's: those are spaces, which own their memories in place
of a person. Any other scope is a namespace within one's own memories; by custom `agent:NAME` is
what one agent keeps for somebody, and `conversation:ID` what goes when that conversation goes.

PostgreSQL itself says who may do what in a space (`memory_spaces`, migration 0022): people read
their teams' and everybody's; a team's members add to it, its maintainers change what others
stored; administrators do both for everybody's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, text

from sophia.memory.errors import ScopeClosedError, ScopeUnknownError
from sophia.memory.schemas import ScopeOut
from sophia.store.database import Reader

ORG = "org"
TEAM = "team:"
OWN_CONVERSATION = "conversation:"
# No name can hold it: nobody is taken for a space, and no space for somebody.
_MARK = "\x1f"

_STANDING = text("""
    SELECT memory_spaces('read') AS readable, memory_spaces('add') AS open,
        (SELECT coalesce(json_object_agg(id, name), '{}') FROM memory_teams()) AS teams
""")
_OWN_SCOPES = text("""
    SELECT scope, count(*) AS memories FROM memories WHERE owner = ANY (memory_spaces('read'))
    GROUP BY owner, scope ORDER BY memories DESC, scope LIMIT 200
""")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where to look: in these owners' memories (None: in all that one may read), in a namespace."""

    owners: Sequence[str] | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Where a memory is kept."""

    owner: str
    scope: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """The spaces that somebody reads and adds to, and what the teams among them are called."""

    readable: Sequence[str]
    open: Sequence[str]
    teams: Mapping[str, str]

    def space(self, scope: str) -> str:
        """Give the space that a shared scope means; raises ScopeUnknownError."""
        if scope == ORG and _MARK + ORG in self.readable:
            return _MARK + ORG
        wanted = scope.removeprefix(TEAM).strip().lower()
        for id_, name in self.teams.items():
            if scope.startswith(TEAM) and wanted in {id_, name.lower()}:
                return f"{_MARK}{TEAM}{id_}"
        shared = [_shown(space, self.teams) for space in self.readable if space.startswith(_MARK)]
        there = f"there are {', '.join(shared)}" if shared else "there is none"
        raise ScopeUnknownError(
            f"There is no shared scope {scope[:120]!r} for you: {there}. Any name that is neither"
            " org nor begins with team: is a namespace of your own."
        )


def is_shared(scope: str) -> bool:
    """Say whether a scope is shared, going by its name."""
    return scope == ORG or scope.startswith(TEAM)


async def reach(reader: Reader, *, viewer: str, scope: str | None) -> Reach:
    """Give where to look for what is in a scope; raises ScopeUnknownError."""
    if scope is None:
        return Reach()
    if not is_shared(scope):
        return Reach([viewer], scope)
    return Reach([(await _standing(reader)).space(scope)])


async def home(reader: Reader, *, viewer: str, scope: str) -> Home:
    """Give where to keep what is for a scope; raises ScopeUnknownError, ScopeClosedError."""
    if not is_shared(scope):
        return Home(viewer, scope)
    standing = await _standing(reader)
    space = standing.space(scope)
    if space not in standing.open:
        raise ScopeClosedError(f"You may read {scope} and not write to it: ask its maintainers.")
    return Home(space, space.removeprefix(_MARK))


async def names(reader: Reader, rows: Sequence[RowMapping]) -> Mapping[str, str]:
    """Give what the teams are called whose memories are among these."""
    if any(row["owner"].startswith(_MARK + TEAM) for row in rows):
        return (await _standing(reader)).teams
    return {}


def scope_of(row: RowMapping, teams: Mapping[str, str]) -> str:
    """Give a memory's scope as it is said."""
    owner: str = row["owner"]
    return _shown(owner, teams) if owner.startswith(_MARK) else str(row["scope"])


async def listed(reader: Reader) -> list[ScopeOut]:
    """Give the scopes that somebody may read, the shared ones first."""
    standing = await _standing(reader)
    shared = [
        ScopeOut(
            scope=_shown(space, standing.teams), is_shared=True, is_writable=space in standing.open
        )
        for space in standing.readable
        if space.startswith(_MARK)
    ]
    counts = {row.scope: row.memories for row in await reader.execute(_OWN_SCOPES)}
    for one, space in zip(
        shared, [one for one in standing.readable if one[0] == _MARK], strict=True
    ):
        one.memories = counts.pop(space.removeprefix(_MARK), 0)
    own = [ScopeOut(scope=scope, memories=many) for scope, many in counts.items()]
    return [*shared, *own]


async def _standing(reader: Reader) -> _Standing:
    row = (await reader.execute(_STANDING)).mappings().one()
    return _Standing(row["readable"], row["open"], row["teams"])


def _shown(space: str, teams: Mapping[str, str]) -> str:
    name = space.removeprefix(_MARK)
    if not name.startswith(TEAM):
        return name
    id_ = name.removeprefix(TEAM)
    return TEAM + teams.get(id_, id_)
