"""The shapes of the knowledge graph, in the words of the MCP reference memory server."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sophia.memory.fields import MAX_BATCH, Content, Name, Query

_SAME_WORDS = ConfigDict(extra="forbid", validate_by_name=True, serialize_by_alias=True)

_Many = Field(min_length=1, max_length=MAX_BATCH)
type Observations = Annotated[list[Content], Field(max_length=MAX_BATCH)]


class EntityIn(BaseModel):
    """A person, project or thing, and what is known of it."""

    model_config = _SAME_WORDS

    name: Name
    entity_type: Annotated[Name, Field(alias="entityType")]
    observations: Observations = []


class RelationIn(BaseModel):
    """How one entity stands to another, in the active voice."""

    model_config = _SAME_WORDS

    from_name: Annotated[Name, Field(alias="from")]
    to_name: Annotated[Name, Field(alias="to")]
    relation_type: Annotated[Name, Field(alias="relationType")]


class ObservedIn(BaseModel):
    """What more is known of an entity."""

    model_config = _SAME_WORDS

    entity_name: Annotated[Name, Field(alias="entityName")]
    contents: Observations


class UnobservedIn(BaseModel):
    """What is no longer to be known of an entity."""

    model_config = _SAME_WORDS

    entity_name: Annotated[Name, Field(alias="entityName")]
    observations: Observations


class EntitiesIn(BaseModel):
    """Entities that are to be there."""

    model_config = ConfigDict(extra="forbid")

    entities: Annotated[list[EntityIn], _Many]


class RelationsIn(BaseModel):
    """Relations that are to be there, or to go."""

    model_config = ConfigDict(extra="forbid")

    relations: Annotated[list[RelationIn], _Many]


class ObservationsIn(BaseModel):
    """What more is known of entities."""

    model_config = ConfigDict(extra="forbid")

    observations: Annotated[list[ObservedIn], _Many]


class UnobservedManyIn(BaseModel):
    """What is no longer to be known of entities."""

    model_config = ConfigDict(extra="forbid")

    deletions: Annotated[list[UnobservedIn], _Many]


class EntityNamesIn(BaseModel):
    """Entities by their names."""

    model_config = ConfigDict(extra="forbid")

    entityNames: Annotated[list[Name], _Many]  # noqa: N815 - the reference server's word


class GraphQuery(BaseModel):
    """Which part of the graph is meant; without a word, all of it."""

    model_config = ConfigDict(extra="forbid")

    name: list[Name] = Field(
        default=[], max_length=MAX_BATCH, description="Entities by their names; repeat it."
    )
    query: Query | None = Field(
        default=None, description="Words of a name, a type or what is known; in place of names."
    )


class EntityOut(BaseModel):
    """An entity, and what is known of it."""

    model_config = _SAME_WORDS

    name: str
    entity_type: Annotated[str, Field(alias="entityType")]
    observations: list[str]


class RelationOut(BaseModel):
    """How one entity stands to another."""

    model_config = _SAME_WORDS

    from_name: Annotated[str, Field(alias="from")]
    to_name: Annotated[str, Field(alias="to")]
    relation_type: Annotated[str, Field(alias="relationType")]


class AddedOut(BaseModel):
    """What was not known of an entity before."""

    model_config = _SAME_WORDS

    entity_name: Annotated[str, Field(alias="entityName")]
    added_observations: Annotated[list[str], Field(alias="addedObservations")]


class EntitiesMade(BaseModel):
    """The entities that were not there before."""

    entities: list[EntityIn]


class RelationsMade(BaseModel):
    """The relations that were not there before."""

    relations: list[RelationIn]


class ObservationsMade(BaseModel):
    """What was not known before."""

    results: list[AddedOut]


class GraphOut(BaseModel):
    """A knowledge graph, or a part of one."""

    entities: list[EntityOut]
    relations: list[RelationOut]
    is_truncated: bool = Field(
        default=False, description="Cut to keep the answer short: search_nodes finds the rest."
    )
