"""What a sign-in under way knows, sealed into a cookie: no server keeps it, no browser reads it."""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson

from sophia.federation.errors import StateUnknownError
from sophia.kit.clock import Clock
from sophia.kit.sealing import Seal

TTL_S = 600


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way in one browser; `user_id` and `session_id` when it is to link."""

    state: str
    nonce: str
    verifier: str
    return_path: str
    user_id: str | None = None
    session_id: str | None = None

    @property
    def challenge(self) -> str:
        """Give what the provider checks the verifier by (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def begin(
    return_path: str, *, user_id: UUID | None = None, session_id: UUID | None = None
) -> Attempt:
    """Begin an attempt."""
    return Attempt(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        return_path=return_path,
        user_id=None if user_id is None else str(user_id),
        session_id=None if session_id is None else str(session_id),
    )


class AttemptSeal:
    """Seals attempts under a key of the pepper's."""

    def __init__(self, pepper: str, *, clock: Clock) -> None:
        """Take the secret that the key is derived from."""
        self._seal = Seal(pepper, purpose="sophia oidc attempt")
        self._clock = clock

    def close(self, attempt: Attempt) -> str:
        """Seal an attempt, for ten minutes."""
        expires = int(self._clock.now().timestamp()) + TTL_S
        body = orjson.dumps({**asdict(attempt), "expires": expires})
        return self._seal.close(body)

    def open(self, text: str) -> Attempt:
        """Read what we sealed; raises StateUnknownError."""
        opened = self._seal.open(text)
        if opened is None:
            raise StateUnknownError
        said: dict[str, Any] = orjson.loads(opened)
        if said.pop("expires") <= self._clock.now().timestamp():
            raise StateUnknownError
        return Attempt(**said)
