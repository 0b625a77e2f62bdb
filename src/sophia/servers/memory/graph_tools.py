"""The nine tools of the MCP reference memory server, under its names, over the same store.

Whoever used that server finds the same arguments and answers here; `user_id` is all that is new.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sophia.memory.fields import MAX_BATCH, Name, Query
from sophia.memory.graph import KnowledgeGraph
from sophia.memory.graph_schemas import (
    EntitiesIn,
    EntitiesMade,
    EntityNamesIn,
    GraphOut,
    ObservationsIn,
    ObservationsMade,
    RelationsIn,
    RelationsMade,
    UnobservedManyIn,
)
from sophia.servers.call import Call
from sophia.servers.memory.tools import DEFAULT_OWNER, UserId, origin_of
from sophia.servers.parts import Tool

TOOLSET = "graph"

_Many = Field(min_length=1, max_length=MAX_BATCH)


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user_id: UserId | None = None

    @property
    def owner(self) -> str:
        """Say whose graph is meant."""
        return self.user_id or DEFAULT_OWNER


class CreateEntities(EntitiesIn, _Arguments):
    """The arguments of create_entities."""


class CreateRelations(RelationsIn, _Arguments):
    """The arguments of create_relations."""


class AddObservations(ObservationsIn, _Arguments):
    """The arguments of add_observations."""


class NamedEntities(EntityNamesIn, _Arguments):
    """The arguments of delete_entities."""


class DeleteObservations(UnobservedManyIn, _Arguments):
    """The arguments of delete_observations."""


class DeleteRelations(RelationsIn, _Arguments):
    """The arguments of delete_relations."""


class ReadGraph(_Arguments):
    """The arguments of read_graph."""


class SearchNodes(_Arguments):
    """The arguments of search_nodes."""

    query: Query


class OpenNodes(_Arguments):
    """The arguments of open_nodes."""

    names: Annotated[list[Name], _Many]


class Done(BaseModel):
    """What was done."""

    message: str


class GraphTools:
    """What the tools do."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        """Take the graph."""
        self._graph = graph

    async def create_entities(self, given: CreateEntities, call: Call) -> EntitiesMade:
        """Store entities."""
        made = await self._graph.create_entities(
            given.entities, owner=given.owner, origin=origin_of(call)
        )
        return EntitiesMade(entities=made)

    async def create_relations(self, given: CreateRelations, _call: Call) -> RelationsMade:
        """Store relations."""
        made = await self._graph.create_relations(given.relations, owner=given.owner)
        return RelationsMade(relations=made)

    async def add_observations(self, given: AddObservations, call: Call) -> ObservationsMade:
        """Store what more is known."""
        made = await self._graph.add_observations(
            given.observations, owner=given.owner, origin=origin_of(call)
        )
        return ObservationsMade(results=made)

    async def delete_entities(self, given: NamedEntities, _call: Call) -> Done:
        """Delete entities."""
        await self._graph.delete_entities(given.entityNames, owner=given.owner)
        return Done(message="Entities deleted successfully")

    async def delete_observations(self, given: DeleteObservations, _call: Call) -> Done:
        """Delete what is known."""
        await self._graph.delete_observations(given.deletions, owner=given.owner)
        return Done(message="Observations deleted successfully")

    async def delete_relations(self, given: DeleteRelations, _call: Call) -> Done:
        """Delete relations."""
        await self._graph.delete_relations(given.relations, owner=given.owner)
        return Done(message="Relations deleted successfully")

    async def read_graph(self, given: ReadGraph, _call: Call) -> GraphOut:
        """Give all of it."""
        return await self._graph.read(owner=given.owner)

    async def search_nodes(self, given: SearchNodes, _call: Call) -> GraphOut:
        """Find entities."""
        return await self._graph.search(given.query, owner=given.owner)

    async def open_nodes(self, given: OpenNodes, _call: Call) -> GraphOut:
        """Give entities by name."""
        return await self._graph.read(owner=given.owner, names=list(dict.fromkeys(given.names)))

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="create_entities",
                title="Add to the knowledge graph",
                description="Store new entities with what is known of them; one whose name is"
                " there already stays as it is.",
                arguments=CreateEntities,
                result=EntitiesMade,
                run=self.create_entities,
                is_idempotent=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="create_relations",
                title="Relate entities",
                description="Store how entities stand to each other, in the active voice; both"
                " must be there.",
                arguments=CreateRelations,
                result=RelationsMade,
                run=self.create_relations,
                is_idempotent=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="add_observations",
                title="Add what is known of entities",
                description="Store what more is known of entities that are there.",
                arguments=AddObservations,
                result=ObservationsMade,
                run=self.add_observations,
                is_idempotent=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="delete_entities",
                title="Delete entities",
                description="Delete entities with what is known of them and their relations.",
                arguments=NamedEntities,
                result=Done,
                run=self.delete_entities,
                is_idempotent=True,
                is_destructive=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="delete_observations",
                title="Delete what is known of entities",
                description="Delete some of what is known of entities, word for word.",
                arguments=DeleteObservations,
                result=Done,
                run=self.delete_observations,
                is_idempotent=True,
                is_destructive=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="delete_relations",
                title="Delete relations",
                description="Delete how entities stand to each other.",
                arguments=DeleteRelations,
                result=Done,
                run=self.delete_relations,
                is_idempotent=True,
                is_destructive=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="read_graph",
                title="Read the knowledge graph",
                description="Give the whole knowledge graph.",
                arguments=ReadGraph,
                result=GraphOut,
                run=self.read_graph,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="search_nodes",
                title="Search the knowledge graph",
                description="Find entities by name, type or what is known of them, with their"
                " relations.",
                arguments=SearchNodes,
                result=GraphOut,
                run=self.search_nodes,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="open_nodes",
                title="Open entities",
                description="Give entities by their names, with their relations.",
                arguments=OpenNodes,
                result=GraphOut,
                run=self.open_nodes,
                is_read_only=True,
                toolset=TOOLSET,
            ),
        ]
