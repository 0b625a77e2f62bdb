"""What the tools that ask a vendor have in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from sophia.servers.vendor.brief import ANSWER_BYTES


class Asked(BaseModel):
    """The arguments of a tool: none that it does not know."""

    model_config = ConfigDict(extra="forbid")


def reads(toolset: str, *, max_bytes: int = ANSWER_BYTES) -> dict[str, Any]:
    """Describe a tool that changes nothing."""
    return {**_offered(toolset), "is_read_only": True, "max_answer_bytes": max_bytes}


def writes(toolset: str) -> dict[str, Any]:
    """Describe a tool that adds something."""
    return _offered(toolset)


def changes(toolset: str) -> dict[str, Any]:
    """Describe a tool after which something else is gone."""
    return {**_offered(toolset), "is_destructive": True}


def _offered(toolset: str) -> dict[str, Any]:
    return {
        "is_open_world": True,
        "is_untrusted": True,
        "toolset": toolset,
        "max_answer_bytes": ANSWER_BYTES,
    }
