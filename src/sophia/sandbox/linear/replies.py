"""How the stand-in says no."""

from typing import Any

_CODES = {
    "invalid input": ("INPUT_ERROR", 400),
    "authentication error": ("AUTHENTICATION_ERROR", 401),
    "forbidden": ("FORBIDDEN", 403),
    "graphql error": ("GRAPHQL_VALIDATION_FAILED", 400),
}


class RefusedError(Exception):
    """The stand-in refuses a request."""

    def __init__(self, message: str, *, kind: str = "invalid input", shown: str = "") -> None:
        """Take what is said, Linear's type of the error, and what it says to people."""
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.shown = shown or message

    @property
    def status(self) -> int:
        """Give the status of HTTP: only what Linear did not take in is no 200."""
        return 200 if self.kind == "invalid input" else _CODES[self.kind][1]

    def written(self) -> dict[str, Any]:
        """Write it as Linear does."""
        code, status = _CODES[self.kind]
        extensions = {
            "type": self.kind,
            "code": code,
            "statusCode": status,
            "userError": True,
            "userPresentableMessage": self.shown,
        }
        return {"errors": [{"message": self.message, "extensions": extensions}], "data": None}


def missing(kind: str) -> RefusedError:
    """Say that there is no such thing."""
    return RefusedError(f"Entity not found: {kind}", shown=f"Could not find referenced {kind}.")


def unknown(kind: str, name: str) -> RefusedError:
    """Say that a type has no such field."""
    return RefusedError(f'Cannot query field "{name}" on type "{kind}".', kind="graphql error")
