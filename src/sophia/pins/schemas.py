"""The wire shapes of tools that are held back."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class FieldChange(BaseModel):
    """One member of a definition, as it was approved and as it is offered now.

    Characters that nobody sees stand as <U+200B>, and `hidden` names those of the offer.
    """

    field: str
    before: str | None
    after: str | None
    diff: list[str] = Field(description="The lines that differ, as a unified diff has them.")
    hidden: list[str]


class HeldTool(BaseModel):
    """A tool that is held back, and why."""

    tool: str = Field(description="Its full name: server__tool.")
    server: str
    state: Literal["changed", "rejected", "refused"]
    is_approved_before: bool
    reason: str | None = Field(description="Why it is refused: that cannot be approved.")
    hash: str = Field(description="Of what is offered: a decision names what it is about.")
    seen_at: datetime
    changes: list[FieldChange]


class HeldToolsOut(BaseModel):
    """The tools that are held back, by name."""

    items: list[HeldTool]


class DecisionIn(BaseModel):
    """What is decided on, as it was looked at."""

    model_config = ConfigDict(extra="forbid")

    tool: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
