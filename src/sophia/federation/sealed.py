"""What a sign-in under way knows, sealed into a cookie: no server keeps it, no browser reads it."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from sophia.federation.errors import StateUnknownError
from sophia.kit.clock import Clock

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


class Seal:
    """Seals attempts under a key of the pepper's."""

    def __init__(self, pepper: str, *, clock: Clock) -> None:
        """Derive the key."""
        derived = hmac.digest(pepper.encode(), b"sophia oidc attempt", hashlib.sha256)
        self._key = OctKey.import_key(derived)
        self._clock = clock

    def close(self, attempt: Attempt) -> str:
        """Seal an attempt, for ten minutes."""
        expires = int(self._clock.now().timestamp()) + TTL_S
        body = orjson.dumps({**asdict(attempt), "expires": expires})
        return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, body, self._key)

    def open(self, text: str) -> Attempt:
        """Read what we sealed; raises StateUnknownError."""
        try:
            opened = jwe.decrypt_compact(text, self._key, algorithms=["dir", "A256GCM"])
            said: dict[str, Any] = orjson.loads(opened.plaintext or b"")
        except (JoseError, ValueError, TypeError) as error:
            raise StateUnknownError from error
        if said.pop("expires") <= self._clock.now().timestamp():
            raise StateUnknownError
        return Attempt(**said)
