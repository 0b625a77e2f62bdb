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


class BrowserMissingError(SophiaError):
    """This needs a browser: install Chromium and the extra `browser` where the agent runs."""

    kind = Kind.UNAVAILABLE
    code = "uiux.browser_missing"


class BrowserFailedError(SophiaError):
    """The browser does not start: see what it says and the log of the agent."""

    kind = Kind.UNAVAILABLE
    code = "uiux.browser_failed"


class PageFailedError(SophiaError):
    """The page cannot be shown: check that its address leads to a public page that answers."""

    kind = Kind.INVALID
    code = "uiux.page_failed"


class ThemeInvalidError(SophiaError):
    """The style makes no theme: give a seed colour, or the tokens of create_palette."""

    kind = Kind.INVALID
    code = "uiux.theme_invalid"


class PropsInvalidError(SophiaError):
    """The component takes other props: list_components names them."""

    kind = Kind.INVALID
    code = "uiux.props_invalid"


class ComponentUnsoundError(SophiaError):
    """With these props the component keeps people out: mend what the audit names."""

    kind = Kind.INVALID
    code = "uiux.component_unsound"
