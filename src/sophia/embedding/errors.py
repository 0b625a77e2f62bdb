"""What can go wrong with embeddings."""

from sophia.kit.errors import Kind, SophiaError


class EmbedderFailedError(SophiaError):
    """No embeddings were given: memories are found by their words meanwhile."""

    kind = Kind.UNAVAILABLE
    code = "embedding.failed"


class WeightsUnusableError(EmbedderFailedError):
    """The embedding model cannot be loaded: see how to set it up in docs/howto/embeddings.md."""

    code = "embedding.weights_unusable"


class TextRefusedError(EmbedderFailedError):
    """The model does not take these texts: memories with them are found by their words."""

    code = "embedding.text_refused"
