"""What can go wrong with a conversation as a file."""

from sophia.kit.errors import Kind, SophiaError


class FileInvalidError(SophiaError):
    """That is no conversation that Sophia exported: send a file of format=json, unchanged."""

    kind = Kind.INVALID
    code = "archive.file_invalid"
