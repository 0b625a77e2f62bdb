"""What can go wrong with the embedded servers, each with what to do."""

from sophia.kit.errors import Kind, SophiaError


class HomeUnusableError(SophiaError):
    """SOPHIA_HOME cannot be used: choose a folder that you may write."""

    kind = Kind.INVALID
    code = "embedded.home_unusable"


class DiskFullError(SophiaError):
    """The disk is full: free some space, then start again."""

    kind = Kind.UNAVAILABLE
    code = "embedded.disk_full"


class DataVersionError(SophiaError):
    """The data folder is another PostgreSQL's: use that version, or another SOPHIA_HOME."""

    kind = Kind.CONFLICT
    code = "embedded.data_version"


class ServerMissingError(SophiaError):
    """The server's program is not installed: install sophia-ai with its dependencies again."""

    kind = Kind.UNAVAILABLE
    code = "embedded.server_missing"


class PreparationFailedError(SophiaError):
    """PostgreSQL's data folder could not be made: see `sophia logs postgres`."""

    kind = Kind.UNAVAILABLE
    code = "embedded.preparation_failed"
