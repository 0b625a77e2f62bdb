"""A knowledge graph over the same store: entities and relations; observations are memories."""

import math
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.kit.clock import Clock
from sophia.kit.ids import uuid7
from sophia.memory import drafts, graph_rows, history, repository
from sophia.memory.drafts import NOWHERE, Entity, Keeping, Origin
from sophia.memory.errors import EntityMissingError
from sophia.memory.graph_schemas import (
    AddedOut,
    EntityIn,
    EntityOut,
    GraphOut,
    ObservedIn,
    RelationIn,
    RelationOut,
    UnobservedIn,
)
from sophia.memory.history import Hand
from sophia.memory.schemas import MemoryIn, Place
from sophia.memory.screening import PLAIN_SCREEN, Screen, Screening
from sophia.memory.service import stored
from sophia.memory.spaces import Home
from sophia.store.database import Writer
from sophia.store.user_database import UserDatabase

_REPLY_BYTES = 128 * 1024
_MOST = 2_000
_FOUND = 50


class KnowledgeGraph:
    """The knowledge graph of each owner, apart from all others'."""

    def __init__(self, owned: UserDatabase, clock: Clock, *, screen: Screen = PLAIN_SCREEN) -> None:
        """Take the way to one owner's rows, the time, and what is not kept."""
        self._owned = owned
        self._clock = clock
        self._screen = screen

    async def create_entities(
        self,
        given: Sequence[EntityIn],
        *,
        owner: str,
        origin: Origin = NOWHERE,
        adds_to_known: bool = False,
    ) -> list[EntityIn]:
        """Store entities that are not there yet, with their observations; gives those.

        One that is there stays as it is, unless its observations are to be added to it.
        """
        entities: dict[str, EntityIn] = {}
        for one in map(self._screened, given):
            entities.setdefault(one.name, one)
        rows = [
            {"id": uuid7(), "name": one.name, "entity_type": one.entity_type}
            for one in entities.values()
        ]
        now = self._clock.now()
        async with self._owned.transaction(owner) as writer:
            fresh = await graph_rows.add_entities(writer, owner=owner, entities=rows, now=now)
            said = {
                name: one.observations
                for name, one in entities.items()
                if adds_to_known or name in fresh
            }
            await self._observe(writer, said, owner=owner, origin=origin)
        return [one for one in entities.values() if one.name in fresh]

    async def create_relations(
        self, given: Sequence[RelationIn], *, owner: str
    ) -> list[RelationIn]:
        """Store relations that are not there yet; gives those. Raises EntityMissingError."""
        named = {name for one in given for name in (one.from_name, one.to_name)}
        rows = [one.model_dump(by_alias=False) for one in given]
        async with self._owned.transaction(owner) as writer:
            ids = await self._ids(writer, named, owner=owner)
            fresh = await graph_rows.add_relations(
                writer, owner=owner, relations=rows, now=self._clock.now()
            )
        ends = {(ids[one.from_name], ids[one.to_name], one.relation_type): one for one in given}
        return [one for end, one in ends.items() if end in fresh]

    async def add_observations(
        self, given: Sequence[ObservedIn], *, owner: str, origin: Origin = NOWHERE
    ) -> list[AddedOut]:
        """Store what more is known of entities; gives what was not. Raises EntityMissingError."""
        said: dict[str, list[str]] = {}
        for one in given:
            said.setdefault(one.entity_name, []).extend(one.contents)
        async with self._owned.transaction(owner) as writer:
            added = await self._observe(writer, said, owner=owner, origin=origin)
        return [
            AddedOut(entity_name=name, added_observations=contents)
            for name, contents in added.items()
        ]

    async def delete_entities(self, names: Sequence[str], *, owner: str) -> None:
        """Delete entities with their observations and relations; those that are not there are not.

        What was observed can be restored as a memory, as after `delete_memory`.
        """
        async with self._owned.transaction(owner) as writer:
            ids = await graph_rows.ids_of(writer, owner=owner, names=names)
            gone = await graph_rows.observations(writer, ids=list(ids.values()))
            hand = Hand(owner, self._clock.now())
            await history.record(writer, ids=gone, deed="deleted", hand=hand)
            await graph_rows.remove_entities(writer, ids=list(ids.values()))

    async def delete_observations(self, given: Sequence[UnobservedIn], *, owner: str) -> None:
        """Delete what is said of entities; what is not said is not there anyway."""
        async with self._owned.transaction(owner) as writer:
            names = [one.entity_name for one in given]
            ids = await graph_rows.ids_of(writer, owner=owner, names=names)
            hand = Hand(owner, self._clock.now())
            for one in given:
                if one.entity_name in ids:
                    gone = await graph_rows.observations(
                        writer, ids=[ids[one.entity_name]], contents=one.observations
                    )
                    await history.record(writer, ids=gone, deed="deleted", hand=hand)
                    await repository.remove(writer, ids=gone)

    async def delete_relations(self, given: Sequence[RelationIn], *, owner: str) -> None:
        """Delete relations; those that are not there are not."""
        rows = [one.model_dump(by_alias=False) for one in given]
        async with self._owned.transaction(owner) as writer:
            await graph_rows.remove_relations(writer, owner=owner, relations=rows)

    async def read(
        self,
        *,
        owner: str,
        names: Sequence[str] | None = None,
        is_whole: bool = False,
    ) -> GraphOut:
        """Give the graph, or entities of these names with the relations that touch them.

        Cut to what an answer holds, unless it is to be whole.
        """
        most = None if is_whole else _MOST
        async with self._owned.reading(owner) as reader:
            entities = await graph_rows.entities(
                reader, owner=owner, names=names, now=self._clock.now(), most=most
            )
            ids = None if names is None else [row["id"] for row in entities]
            relations = await graph_rows.relations(reader, owner=owner, ids=ids, most=most)
        if names is not None:
            places = {name: place for place, name in enumerate(names)}
            entities = sorted(entities, key=lambda row: places[row["name"]])
        return _bounded(entities, relations, math.inf if is_whole else _REPLY_BYTES)

    async def search(self, query: str, *, owner: str) -> GraphOut:
        """Give the entities that a text names, or of which something is known that fits it."""
        async with self._owned.reading(owner) as reader:
            names = await graph_rows.find(reader, owner=owner, query=query, limit=_FOUND)
        return await self.read(owner=owner, names=names)

    async def _observe(
        self,
        writer: Writer,
        said: Mapping[str, Sequence[str]],
        *,
        owner: str,
        origin: Origin,
    ) -> dict[str, list[str]]:
        """Store what is said of entities; gives what is new of each. Raises EntityMissingError."""
        now = self._clock.now()
        ids = await self._ids(writer, set(said), owner=owner)
        added: dict[str, list[str]] = {}
        for name, contents in said.items():
            keeping = Keeping(Home(owner, ""), owner, origin, now, Entity(ids[name], name))
            rows = [self._draft(content, keeping) for content in contents]
            _, fresh = await stored(writer, rows, now=now)
            new = {row.key: row.content for row in rows if row.key in fresh}
            added[name] = list(new.values())
        return added

    def _draft(self, content: str, keeping: Keeping) -> repository.MemoryDraft:
        memory = MemoryIn(content=content, kind="observation")
        return drafts.draft(memory, Place(), keeping, Screening(self._screen))

    def _screened(self, entity: EntityIn) -> EntityIn:
        screening = Screening(self._screen)
        named = {"name": screening.text(entity.name)}
        return entity.model_copy(
            update={**named, "entity_type": screening.text(entity.entity_type)}
        )

    async def _ids(self, writer: Writer, names: set[str], *, owner: str) -> dict[str, UUID]:
        ids = await graph_rows.ids_of(writer, owner=owner, names=sorted(names))
        if missing := sorted(names - ids.keys()):
            raise EntityMissingError(
                f"There is no entity {missing[0]!r}: create it first, by create_entities."
            )
        return ids


def _bounded(
    entities: Sequence[RowMapping], relations: Sequence[RowMapping], max_bytes: float
) -> GraphOut:
    """Show as much as an answer holds, entities first."""
    graph = GraphOut(entities=[], relations=[])
    left = max_bytes
    for row in entities:
        entity = EntityOut(
            name=row["name"], entity_type=row["entity_type"], observations=row["observations"]
        )
        left -= len(entity.model_dump_json())
        if left < 0:
            graph.is_truncated = True
            break
        graph.entities.append(entity)
    for row in relations:
        relation = RelationOut.model_validate(dict(row))
        left -= len(relation.model_dump_json())
        if left < 0:
            graph.is_truncated = True
            break
        graph.relations.append(relation)
    return graph
