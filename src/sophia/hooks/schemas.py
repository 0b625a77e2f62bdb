"""The shapes of deliveries."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

type Vendor = Literal["github", "linear", "asana"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened at a vendor. The facts are strangers' words."""

    event: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a vendor sent. The digest of what is signed tells a delivery from others."""

    vendor: Vendor
    digest: bytes
    delivery_id: str
    happenings: tuple[Happening, ...]


class HookOut(BaseModel):
    """What came of a delivery."""

    accepted: bool = Field(description="false: it was here before, or is empty; nothing is done.")
