"""The shapes of the knowledge graph, in the words of the MCP reference memory server."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sophia.memory.fields import MAX_BATCH, Content, Name

_SAME_WORDS = ConfigDict(extra="forbid", validate_by_name=True, serialize_by_alias=True)

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


class GraphOut(BaseModel):
    """A knowledge graph, or a part of one."""

    entities: list[EntityOut]
    relations: list[RelationOut]
    is_truncated: bool = Field(
        default=False, description="Cut to keep the answer short: search_nodes finds the rest."
    )
