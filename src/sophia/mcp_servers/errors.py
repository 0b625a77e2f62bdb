"""What can go wrong with MCP servers of others."""

from sophia.kit.errors import Kind, SophiaError


class ServerNameTakenError(SophiaError):
    """There is a server of this name: choose another, or remove that one first."""

    kind = Kind.CONFLICT
    code = "mcp.name_taken"


class ServerMissingError(SophiaError):
    """There is no registered server of this name: `sophia mcp list` shows them."""

    kind = Kind.MISSING
    code = "mcp.server_missing"


class TooManyServersError(SophiaError):
    """There are as many registered servers as there may be: remove one first."""

    kind = Kind.EXHAUSTED
    code = "mcp.too_many_servers"


class ConfigUnreadableError(SophiaError):
    """There are no MCP servers in the file: give a client's JSON with `mcpServers` or `servers`."""

    kind = Kind.INVALID
    code = "mcp.config_unreadable"


class CommandMissingError(SophiaError):
    """There is no such command on this machine: install it, or name it by its full path."""

    kind = Kind.INVALID
    code = "mcp.command_missing"


class LoginNotWantedError(SophiaError):
    """Nobody logs in at this server: it has the credentials with which it was registered."""

    kind = Kind.CONFLICT
    code = "mcp.login_not_wanted"
