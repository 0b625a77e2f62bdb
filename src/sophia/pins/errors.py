"""What can go wrong in deciding on tools that are held back."""

from sophia.kit.errors import Kind, SophiaError


class PinMissingError(SophiaError):
    """No tool of this name is held back: `sophia tools quarantine` lists those that are."""

    kind = Kind.MISSING
    code = "pins.missing"


class DefinitionChangedError(SophiaError):
    """It changed again since you looked: look at the difference once more, and decide then."""

    kind = Kind.CONFLICT
    code = "pins.changed_again"


class ToolRefusedError(SophiaError):
    """This tool cannot be approved: have its server give it a plain name and definition."""

    kind = Kind.CONFLICT
    code = "pins.refused"
