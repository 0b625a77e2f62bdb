"""Taking memories out as lines of JSON, and in from those and from the exports of others."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import accumulate, batched

import orjson
from pydantic import ValidationError
from sqlalchemy import RowMapping

from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.kit.page import Page, cut, decode_cursor, encode_cursor
from sophia.memory import choosing, drafts, formats, repository, spaces
from sophia.memory.drafts import Keeping, Origin
from sophia.memory.formats import (
    Entity,
    Piece,
    Relation,
    Unreadable,
    as_line,
    read_file,
    read_line,
)
from sophia.memory.graph import KnowledgeGraph
from sophia.memory.graph_schemas import EntityIn, RelationIn
from sophia.memory.schemas import MemoryFilter, MemoryIn
from sophia.memory.screening import PLAIN_SCREEN, Screen, Screening
from sophia.memory.service import stored
from sophia.memory.spaces import Home, Reach
from sophia.memory.upkeep_schemas import ImportedOut, SkippedOut
from sophia.store.database import Writer
from sophia.store.user_database import UserDatabase

_AT_ONCE = 500
_SKIPPED_SHOWN = 20
_LINES_AT_ONCE = 200
_PAGE_BYTES = 1024 * 1024
_WRITTEN = (
    *("content", "category", "kind", "tags", "metadata", "external_id", "speaker", "conversation"),
    *("position", "document", "occurred_at", "valid_from", "valid_until", "superseded_by", "trust"),
    "created_at",
)
_NOTHING: tuple[object, ...] = (None, "", [], {})
_ORIGIN = Origin(trust="imported")

type Numbered = tuple[int, Piece]


class MemoryExchange:
    """Exports and imports one owner's memories."""

    def __init__(
        self,
        owned: UserDatabase,
        graph: KnowledgeGraph,
        clock: Clock,
        *,
        screen: Screen = PLAIN_SCREEN,
    ) -> None:
        """Take the way to one owner's rows, the graph, the time, and what is not kept."""
        self._owned = owned
        self._graph = graph
        self._clock = clock
        self._screen = screen

    async def page(
        self, wish: MemoryFilter, *, owner: str, cursor: str | None, max_bytes: int = _PAGE_BYTES
    ) -> Page[bytes]:
        """Give some of the lines of an export, the oldest first; the graph is not among them.

        Without a scope it is one's own memories. Raises ScopeUnknownError, CursorInvalidError.
        """
        after = decode_cursor(cursor)
        async with self._owned.reading(owner) as reader:
            reach = Reach([owner])
            if wish.scope is not None:
                reach = await spaces.reach(reader, viewer=owner, scope=wish.scope)
            rows = await choosing.oldest(
                reader,
                wish=wish,
                reach=reach,
                now=self._clock.now(),
                after=after,
                limit=_LINES_AT_ONCE + 1,
            )
            teams = await spaces.names(reader, rows)
        page = cut(rows, limit=_LINES_AT_ONCE, key=lambda row: row["id"])
        lines = [_line(row, spaces.scope_of(row, teams)) for row in page.items]
        many = _fitting(lines, max_bytes)
        if many >= len(lines):
            return Page(lines, page.next_cursor)
        return Page(lines[:many], encode_cursor(page.items[many - 1]["id"]))

    async def export(self, wish: MemoryFilter, *, owner: str) -> AsyncIterator[bytes]:
        """Give all lines of an export; with those of the graph where nothing is filtered."""
        cursor: str | None = None
        while True:
            page = await self.page(wish, owner=owner, cursor=cursor)
            if page.items:
                yield b"\n".join(page.items) + b"\n"
            cursor = page.next_cursor
            if cursor is None:
                break
        if not wish.model_dump(exclude_defaults=True, exclude={"include_past"}):
            graph = await self._graph.read(owner=owner, is_whole=True)
            for one in graph.entities:
                yield as_line(Entity(one.name, one.entity_type, one.observations)) + b"\n"
            for one in graph.relations:
                yield as_line(Relation(one.from_name, one.to_name, one.relation_type)) + b"\n"

    async def take(
        self, content: bytes, *, owner: str, is_lines: bool | None = None
    ) -> ImportedOut:
        """Store what a file holds: lines, or an export of others as a whole; its form tells.

        What is there already changes nothing, so that a file may be taken in again from its
        beginning. What is no memory is left out and told. Raises ImportUnreadableError.
        """
        told = ImportedOut()
        for batch in batched(_numbered(content, is_lines=is_lines), _AT_ONCE):
            await self._store(batch, told, owner=owner)
            await self._extend_graph(batch, told, owner=owner)
        return told

    async def _store(self, batch: Sequence[Numbered], told: ImportedOut, *, owner: str) -> None:
        homes: dict[str, Home] = {}
        rows: list[repository.MemoryDraft] = []
        now = self._clock.now()
        async with self._owned.transaction(owner) as writer:
            for line, piece in batch:
                if isinstance(piece, Unreadable):
                    _skip(told, line, piece.why)
                if not isinstance(piece, MemoryIn):
                    continue
                screening = Screening(self._screen)
                try:
                    home = await self._home(writer, homes, piece.scope, owner=owner)
                    keeping = Keeping(home, owner, _ORIGIN, now)
                    rows.append(drafts.draft(piece, piece.place, keeping, screening))
                except SophiaError as error:
                    _skip(told, line, error.message)
                told.redacted += bool(screening.redacted)
            _, fresh = await stored(writer, rows, now=now)
        told.added += len(fresh)
        told.known += len(rows) - len(fresh)

    async def _home(
        self, writer: Writer, homes: dict[str, Home], scope: str, *, owner: str
    ) -> Home:
        if scope not in homes:
            homes[scope] = await spaces.home(writer, viewer=owner, scope=scope)
        return homes[scope]

    async def _extend_graph(
        self, batch: Sequence[Numbered], told: ImportedOut, *, owner: str
    ) -> None:
        entities: list[EntityIn] = []
        relations: list[tuple[int, RelationIn]] = []
        for line, piece in batch:
            try:
                match piece:
                    case Entity():
                        entities.append(_entity(piece))
                    case Relation():
                        relations.append((line, _relation(piece)))
                    case _:
                        pass
            except ValidationError as error:
                _skip(told, line, error.errors(include_url=False)[0]["msg"])
        if entities:
            made = await self._graph.create_entities(
                entities, owner=owner, origin=_ORIGIN, adds_to_known=True
            )
            told.entities += len(made)
        for line, relation in relations:
            try:
                told.relations += len(await self._graph.create_relations([relation], owner=owner))
            except SophiaError as error:
                _skip(told, line, error.message)


def _numbered(content: bytes, *, is_lines: bool | None) -> Iterator[Numbered]:
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    first = next((line for line in lines if line.strip()), b"")
    if is_lines or (is_lines is None and formats.is_lines(first)):
        return _of_lines(lines)
    return enumerate(read_file(content.removeprefix(b"\xef\xbb\xbf")), 1)


def _of_lines(lines: Iterable[bytes]) -> Iterator[Numbered]:
    for number, line in enumerate(lines, 1):
        for piece in read_line(line):
            yield number, piece


def _fitting(lines: Sequence[bytes], max_bytes: int) -> int:
    """Give how many lines fit, one at the least."""
    sizes = accumulate(len(line) + 1 for line in lines)
    return max(1, sum(size <= max_bytes for size in sizes))


def _line(row: RowMapping, scope: str) -> bytes:
    """Write a memory as `formats` reads it."""
    told = {"memory_id": row["id"], "scope": scope, **{name: row[name] for name in _WRITTEN}}
    return orjson.dumps({name: value for name, value in told.items() if value not in _NOTHING})


def _entity(piece: Entity) -> EntityIn:
    return EntityIn(
        name=piece.name, entity_type=piece.entity_type, observations=list(piece.observations)
    )


def _relation(piece: Relation) -> RelationIn:
    return RelationIn(
        from_name=piece.from_name, to_name=piece.to_name, relation_type=piece.relation_type
    )


def _skip(told: ImportedOut, line: int, why: str) -> None:
    told.skipped_count += 1
    if len(told.skipped) < _SKIPPED_SHOWN:
        told.skipped.append(SkippedOut(line=line, why=why))
