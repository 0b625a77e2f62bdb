"""What can go wrong with the stores."""

from sophia.kit.errors import Kind, SophiaError


class DatabaseUnavailableError(SophiaError):
    """The database is away: try again in a moment."""

    kind = Kind.UNAVAILABLE
    code = "database.unavailable"
