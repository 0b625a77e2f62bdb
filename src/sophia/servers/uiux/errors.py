"""What can go wrong in design work."""

from sophia.kit.errors import Kind, SophiaError


class ColourInvalidError(SophiaError):
    """That is no colour: write one as CSS does, such as #2563eb or oklch(0.6 0.2 260)."""

    kind = Kind.INVALID
    code = "uiux.colour_invalid"


class TokensInvalidError(SophiaError):
    """The design tokens break the rules: validate_tokens lists what and where."""

    kind = Kind.INVALID
    code = "uiux.tokens_invalid"


class ContextUnknownError(SophiaError):
    """The resolver has no such modifier or context: choose one of those it names."""

    kind = Kind.INVALID
    code = "uiux.context_unknown"
