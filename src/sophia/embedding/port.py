"""What gives embeddings. Its in-memory twin is in tests/support."""

from collections.abc import Sequence
from typing import Protocol

type Vector = Sequence[float]


class Embedder(Protocol):
    """A model that makes embeddings."""

    @property
    def name(self) -> str:
        """Give the name under which its embeddings are kept: those of another name differ."""
        ...

    @property
    def batch(self) -> int:
        """Give how many texts it takes at once."""
        ...

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Give one for each text, in their order; raises EmbedderFailedError.

        A text that is longer than the model reads is cut.
        """
        ...
