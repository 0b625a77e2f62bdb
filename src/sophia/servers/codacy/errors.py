"""What can go wrong before anything is analysed."""

from sophia.kit.errors import Kind, SophiaError


class LanguageUnknownError(SophiaError):
    """That language is not analysed here: name one that the message lists."""

    kind = Kind.INVALID
    code = "codacy.language_unknown"


class CodeTooLargeError(SophiaError):
    """The code is too large to be analysed: pass a part of it."""

    kind = Kind.INVALID
    code = "codacy.code_too_large"


class RootsMissingError(SophiaError):
    """No folder may be read: the operator sets SOPHIA_CODACY_ROOTS; or use analyze_code."""

    kind = Kind.UNAVAILABLE
    code = "codacy.roots_missing"


class OutsideRootsError(SophiaError):
    """The file lies outside of the folders that may be read: name one inside."""

    kind = Kind.FORBIDDEN
    code = "codacy.outside_roots"


class FileRefusedError(SophiaError):
    """The file cannot be read: name a text file that there is."""

    kind = Kind.INVALID
    code = "codacy.file_refused"
