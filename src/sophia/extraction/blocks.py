"""What the text of a file consists of."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph."""

    text: str
    level: int = 0
    """Of a heading, 1 the highest; 0: it is none."""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to be read of a file; its blocks are read as they are taken."""

    blocks: Iterable[Block]
    pages: int | None = None
    """How many the file has, of which those beyond the bounds are not read."""


class EncryptedError(Exception):
    """A password is needed."""


class ExcessiveError(Exception):
    """It unpacks to more than is read."""
