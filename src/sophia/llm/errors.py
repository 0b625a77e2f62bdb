"""What can be wrong with a call before it is made."""

from sophia.core.failures import ModelFailedError
from sophia.kit.errors import Kind, SophiaError


class ModelUnknownError(SophiaError):
    """There is no model of that name: choose one of the catalogue."""

    kind = Kind.INVALID
    code = "model.unknown"


class ToolNameInvalidError(ModelFailedError):
    """A tool's name must be 1 to 64 letters, digits, _ or -: rename the tool at its server."""

    kind = Kind.INVALID
    code = "model.tool_name_invalid"


class ModelBlindError(SophiaError):
    """This model takes no such files: choose another."""

    kind = Kind.INVALID
    code = "model.blind"
