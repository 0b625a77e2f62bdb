"""Signed tokens: Ed25519 (RFC 9864) JSON Web Tokens with an audience and a short life (RFC 9068).

One Ed25519 key signs; whoever holds only the public half can check. `typ` keeps the kinds apart:
an access token is never accepted where a tool token is due, nor the reverse.
"""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from sophia.kit.clock import Clock, SystemClock
from sophia.kit.errors import Kind, SophiaError
from sophia.kit.ids import uuid7

ISSUER = "sophia"
_ALGORITHM = "Ed25519"
_LEEWAY_S = 5
_MAX_SEEN = 1024
_CLOCK = SystemClock()


class TokenInvalidError(SophiaError):
    """The token is not valid here: get a new one."""

    kind = Kind.UNAUTHENTICATED
    code = "token.invalid"


class TokenExpiredError(TokenInvalidError):
    """The token has expired: get a new one."""

    code = "token.expired"


def generate_private_key() -> str:
    """Make a new Ed25519 signing key, as PEM."""
    return OKPKey.generate_key("Ed25519").as_pem(private=True).decode()


class Signer:
    """Signs tokens with the private key."""

    def __init__(self, private_pem: str, *, clock: Clock = _CLOCK) -> None:
        """Load an Ed25519 private key in PEM."""
        self._clock = clock
        self._key = OKPKey.import_key(private_pem)
        self._header = {"alg": _ALGORITHM, "kid": self._key.thumbprint()}

    @property
    def public_pem(self) -> str:
        """Give the public half, for those who only check."""
        return self._key.as_pem(private=False).decode()

    def sign(self, claims: Mapping[str, Any], *, audience: str, token_type: str, ttl_s: int) -> str:
        """Sign the claims for one audience; `token_type` becomes the `typ` header."""
        now = int(self._clock.now().timestamp())
        return jwt.encode(
            {**self._header, "typ": token_type},
            {
                **claims,
                "iss": ISSUER,
                "aud": audience,
                "iat": now,
                "nbf": now,
                "exp": now + ttl_s,
                "jti": str(uuid7()),
            },
            self._key,
            algorithms=[_ALGORITHM],
        )


class Verifier:
    """Checks tokens with the public key, and nothing that the token itself brings along."""

    def __init__(self, public_pem: str, *, clock: Clock = _CLOCK) -> None:
        """Load an Ed25519 public key in PEM."""
        self._clock = clock
        self._key = OKPKey.import_key(public_pem)
        self._kid = self._key.thumbprint()
        self._seen: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            now=self._now,
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": ISSUER},
            sub={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        )

    def verify(self, token: str, *, audience: str, token_type: str) -> dict[str, Any]:
        """Give the claims for this audience; raises TokenInvalidError, TokenExpiredError."""
        seen = self._seen.get((token, audience, token_type))
        if seen is not None and seen["exp"] > self._now():
            return dict(seen)
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            self._claims.validate(decoded.claims)
        except JoseError as error:
            if error.error == "expired_token":
                raise TokenExpiredError from error
            raise TokenInvalidError from error
        except (ValueError, TypeError) as error:
            raise TokenInvalidError from error
        header = decoded.header
        is_ours = (
            header.get("typ") == token_type
            and header.get("kid") == self._kid
            and decoded.claims.get("aud") == audience
        )
        if not is_ours:
            raise TokenInvalidError
        # A client sends the same token for minutes: its signature is checked once.
        if len(self._seen) >= _MAX_SEEN:
            self._seen.clear()
        self._seen[token, audience, token_type] = dict(decoded.claims)
        return dict(decoded.claims)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
