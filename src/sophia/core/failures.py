"""How a model call and a position can be wrong, in the words of all parts."""

from sophia.kit.errors import Kind, SophiaError


class ModelFailedError(SophiaError):
    """The model provider failed: try again, or choose another model."""

    kind = Kind.UNAVAILABLE
    code = "model.failed"


class ModelTimeoutError(ModelFailedError):
    """The model provider did not answer in time: try again, or choose another model."""

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


class PositionInvalidError(SophiaError):
    """A position is two whole numbers, such as 1-17: use the id of the last event you saw."""

    kind = Kind.INVALID
    code = "turn.position_invalid"
