"""What can go wrong with the stores."""

from sophia.kit.errors import Kind, SophiaError


class DatabaseUnavailableError(SophiaError):
    """The database is away: try again in a moment."""

    kind = Kind.UNAVAILABLE
    code = "database.unavailable"


class DatabaseRightsMissingError(SophiaError):
    """The role that Sophia signs in as may not set up its database: give it the right to."""

    kind = Kind.FORBIDDEN
    code = "database.rights_missing"
