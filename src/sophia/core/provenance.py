"""How it is told that a text comes from strangers."""

from typing import Protocol, runtime_checkable

# The key in the `_meta` of an MCP result, resource or listed tool: true where the words are other
# people's, and with them perhaps instructions that nobody here gave.
UNTRUSTED_KEY = "sophia/untrusted"


@runtime_checkable
class Attributed(Protocol):
    """An answer that knows whether strangers' words are in it."""

    @property
    def has_untrusted(self) -> bool:
        """Say whether they are."""
        ...


def has_untrusted(answer: object) -> bool:
    """Say whether an answer says of itself that strangers' words are in it."""
    return isinstance(answer, Attributed) and answer.has_untrusted
