"""What can go wrong with an MCP server that is a command."""

from sophia.kit.errors import Kind, SophiaError


class StdioServerError(SophiaError):
    """The MCP server does not run: look at what it last said, and at its command."""

    kind = Kind.UNAVAILABLE
    code = "stdio.failed"


class CommandUnknownError(StdioServerError):
    """There is no such command on this machine: install it, or name it by its full path."""

    code = "stdio.command_unknown"


class ServerEndedError(StdioServerError):
    """The MCP server has ended: look at what it last said; it is started again in a while."""

    code = "stdio.ended"


class ServerExcessiveError(StdioServerError):
    """The MCP server took more than it may: raise its limits, or mend it."""

    code = "stdio.excessive"
