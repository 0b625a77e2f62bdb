"""On whose behalf a request to an MCP server comes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf a request comes.

    With a user's token: that user, in that turn. With the server's own token: nobody in
    particular, and a `user_id` argument names the owner of what is read and written.
    """

    user_id: str | None = None
    user_name: str | None = None
    conversation_id: str | None = None
    turn_id: str | None = None

    @property
    def is_bound(self) -> bool:
        """Say whether the token speaks for one user."""
        return self.user_id is not None

    @property
    def identity(self) -> str:
        """Name who is calling, for what must not pass to anybody else."""
        return f"user:{self.user_id}" if self.is_bound else "server"
