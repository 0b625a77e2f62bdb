"""One's knowledge graph over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from starlette.requests import HTTPConnection

from sophia.identity.guard import MemoryReader, MemoryWriter
from sophia.memory.drafts import Origin
from sophia.memory.graph import KnowledgeGraph
from sophia.memory.graph_schemas import (
    EntitiesIn,
    EntitiesMade,
    EntityNamesIn,
    GraphOut,
    GraphQuery,
    ObservationsIn,
    ObservationsMade,
    RelationsIn,
    RelationsMade,
    UnobservedManyIn,
)

router = APIRouter(prefix="/api/v1/memory/graph", tags=["memory"])


async def knowledge_graph(connection: HTTPConnection) -> KnowledgeGraph:
    """Give the graph that the API process was wired with."""
    graph: KnowledgeGraph = connection.app.state.knowledge_graph
    return graph


type Graph = Annotated[KnowledgeGraph, Depends(knowledge_graph)]


@router.get("")
async def read_graph(
    viewer: MemoryReader, graph: Graph, wish: Annotated[GraphQuery, Query()]
) -> GraphOut:
    """Give the knowledge graph, or entities by name or by words, with their relations."""
    owner = str(viewer.user_id)
    if wish.query is not None:
        return await graph.search(wish.query, owner=owner)
    names = list(dict.fromkeys(wish.name)) or None
    return await graph.read(owner=owner, names=names)


@router.post("/entities")
async def create_entities(viewer: MemoryWriter, graph: Graph, body: EntitiesIn) -> EntitiesMade:
    """Store entities with what is known of them; one that is there stays as it is."""
    made = await graph.create_entities(
        body.entities, owner=str(viewer.user_id), origin=Origin(speaker=viewer.name)
    )
    return EntitiesMade(entities=made)


@router.post("/entities/delete", status_code=status.HTTP_204_NO_CONTENT)
async def delete_entities(viewer: MemoryWriter, graph: Graph, body: EntityNamesIn) -> None:
    """Delete entities with what is known of them and their relations."""
    await graph.delete_entities(body.entityNames, owner=str(viewer.user_id))


@router.post("/relations")
async def create_relations(viewer: MemoryWriter, graph: Graph, body: RelationsIn) -> RelationsMade:
    """Store how entities stand to each other; both must be there."""
    made = await graph.create_relations(body.relations, owner=str(viewer.user_id))
    return RelationsMade(relations=made)


@router.post("/relations/delete", status_code=status.HTTP_204_NO_CONTENT)
async def delete_relations(viewer: MemoryWriter, graph: Graph, body: RelationsIn) -> None:
    """Delete how entities stand to each other."""
    await graph.delete_relations(body.relations, owner=str(viewer.user_id))


@router.post("/observations")
async def add_observations(
    viewer: MemoryWriter, graph: Graph, body: ObservationsIn
) -> ObservationsMade:
    """Store what more is known of entities that are there."""
    added = await graph.add_observations(
        body.observations, owner=str(viewer.user_id), origin=Origin(speaker=viewer.name)
    )
    return ObservationsMade(results=added)


@router.post("/observations/delete", status_code=status.HTTP_204_NO_CONTENT)
async def delete_observations(viewer: MemoryWriter, graph: Graph, body: UnobservedManyIn) -> None:
    """Delete some of what is known of entities, word for word."""
    await graph.delete_observations(body.deletions, owner=str(viewer.user_id))
