"""How a model call can fail, in the words of the loop."""

from sophia.kit.errors import Kind, SophiaError


class ModelFailedError(SophiaError):
    """The model provider failed."""

    kind = Kind.UNAVAILABLE
    code = "model.failed"


class ModelTimeoutError(ModelFailedError):
    """The model provider did not answer in time."""

    kind = Kind.TIMEOUT
    code = "model.timeout"


class ModelRefusedError(ModelFailedError):
    """The model provider refused the request: check the key, the model's name and the account."""

    kind = Kind.INVALID
    code = "model.refused"


class ModelExhaustedError(ModelFailedError):
    """The model provider's rate limit or quota is used up: try again later."""

    kind = Kind.EXHAUSTED
    code = "model.exhausted"
