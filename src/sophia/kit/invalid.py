"""What pydantic finds wrong with an input, in words that can be sent to whoever sent it."""

from collections.abc import Mapping, Sequence
from typing import Any

_MAX_FINDINGS = 20
_MAX_CHARS = 200
_OWN_WORDS = "Value error, "


def findings(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Give where each finding is and what it is; names that the sender made up are cut short."""
    return [
        {
            "where": _sendable(".".join(str(part) for part in found["loc"])),
            "what": _sendable(str(found["msg"]).removeprefix(_OWN_WORDS)),
        }
        for found in errors[:_MAX_FINDINGS]
    ]


def _sendable(text: str) -> str:
    """Cut a text and replace lone surrogates, which no encoding has."""
    return text[:_MAX_CHARS].encode(errors="replace").decode()
