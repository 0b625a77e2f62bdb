"""The chain of the journal: each entry's seal covers the entry and the seal before it.

A seal is HMAC-SHA-256 (RFC 2104) under a key that is not in the database: whoever can write there,
but has not the key, can neither change, drop, insert nor reorder a sealed entry without a break.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sophia.audit.errors import HeadInvalidError

_SEALED = (
    "id",
    "at",
    "actor",
    "on_behalf_of",
    "via",
    "action",
    "target",
    "arguments_hash",
    "approval_id",
    "turn_id",
    "outcome",
)


@dataclass(frozen=True, slots=True)
class Head:
    """The last sealed entry: its number and its seal."""

    number: int = 0
    seal: bytes = b""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what was written; raises HeadInvalidError."""
        number, _, seal = text.partition(":")
        try:
            return cls(int(number), bytes.fromhex(seal))
        except ValueError as error:
            raise HeadInvalidError from error

    def __str__(self) -> str:
        """Write it as an operator keeps it: `number:seal`."""
        return f"{self.number}:{self.seal.hex()}"


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold."""

    number: int
    reason: str


def key_of(pepper: str) -> bytes:
    """Derive the key of the seals."""
    return hmac.digest(pepper.encode(), b"sophia audit seal", hashlib.sha256)


def seal(entry: Mapping[Any, Any], *, head: Head, key: bytes) -> Head:
    """Give the head that an entry makes of the one before it."""
    number = head.number + 1
    covered = [number, head.seal.hex(), *(_plain(entry[name]) for name in _SEALED)]
    if entry["trace_id"] is not None:  # entries of before there were traces keep their seals
        covered.append(entry["trace_id"])
    text = json.dumps(covered, ensure_ascii=True, separators=(",", ":"))
    return Head(number, hmac.digest(key, text.encode(), hashlib.sha256))


def follow(entry: Mapping[Any, Any], *, head: Head, key: bytes) -> Head | Break:
    """Go on by one sealed entry: gives the head that it makes, or how it breaks the chain."""
    made = seal(entry, head=head, key=key)
    if entry["number"] != made.number:
        return Break(made.number, f"entry {made.number} is missing")
    if not hmac.compare_digest(entry["seal"], made.seal):
        return Break(made.number, f"entry {made.number} is not what was sealed")
    return made


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else str(value)
