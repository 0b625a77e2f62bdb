"""The wire shapes of what the operator says of tools behind the gateway."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from sophia.core.permission import Subject

_NAME = r"^[A-Za-z0-9_.-]+$"


class OverrideShape(BaseModel):
    """How one tool is shown to somebody; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    subject: Subject = Subject.EVERYBODY
    subject_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_\-]*$")] = Field(
        "", description="The role's name, the user's or the key's id; empty for everybody."
    )
    tool: Annotated[str, Field(max_length=200, pattern=_NAME)] = Field(
        description="The tool's own full name: server__tool."
    )
    name: Annotated[str, Field(max_length=128, pattern=_NAME)] | None = None
    description: Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")] | None = None
    is_hidden: StrictBool | None = None

    @model_validator(mode="after")
    def _names_its_subject(self) -> "OverrideShape":
        if (self.subject is Subject.EVERYBODY) is bool(self.subject_id):
            raise ValueError("a role, a user or a key has a subject_id; everybody has none")
        return self


class OverridesShape(BaseModel):
    """How the operator has tools shown at the gateway."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[OverrideShape], Field(max_length=500)]
