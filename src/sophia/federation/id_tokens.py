"""Checking an ID token as OpenID Connect Core 1.0, section 3.1.3.7, says."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, cast

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from sophia.federation.errors import TokenRefusedError
from sophia.federation.schemas import ProviderConfig

# Asymmetric ones alone: `none`, and HMAC keyed with what everybody can read, are no proof.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
_LEEWAY_S = 60
_MAX_AGE_S = 15 * 60
_MAX_SUBJECT_CHARS = 255
_MAX_CHARS = 64 * 1024


def signing_keys(document: Mapping[str, Any]) -> list[Key]:
    """Give the keys of a JWKS that may sign; raises TokenRefusedError."""
    listed: Any = document.get("keys")
    if not isinstance(listed, list):
        raise TokenRefusedError("The provider's key set is none: an operator tells who runs it.")
    fitting: list[dict[str, Any]] = [key for key in cast("list[Any]", listed) if _may_sign(key)]
    try:
        return list(KeySet.import_key_set({"keys": fitting}).keys) if fitting else []
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError from error


def key_id(token: str) -> str | None:
    """Say which key a token names; raises TokenRefusedError."""
    if len(token) > _MAX_CHARS:
        raise TokenRefusedError
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError from error
    found = header.get("kid")
    return found if isinstance(found, str) else None


def pick(keys: Sequence[Key], kid: str | None) -> Key | None:
    """Give the key that a token names, or the only one when it names none."""
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.get("kid") == kid), None)


def claims_of(
    token: str, key: Key, *, config: ProviderConfig, nonce: str, access_token: str, now: int
) -> dict[str, Any]:
    """Give the claims of an ID token for this sign-in; raises TokenRefusedError."""
    try:
        decoded = jwt.decode(token, key, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError from error
    claims = dict(decoded.claims)
    algorithm = str(decoded.header.get("alg"))
    is_ours = (
        key.get("alg") in {None, algorithm}
        and claims.get("iss") == config.issuer
        and _is_for(claims, config.client_id)
        and _is_timely(claims, now=now)
        and _is_same(claims.get("nonce"), nonce)
        and _has_subject(claims)
        and _goes_with(claims.get("at_hash"), access_token, algorithm)
    )
    if not is_ours:
        raise TokenRefusedError
    return claims


def _may_sign(key: Any) -> bool:
    is_fit: bool = (
        isinstance(key, dict)
        and cast("dict[str, Any]", key).get("kty") in _KEY_TYPES
        and cast("dict[str, Any]", key).get("use", "sig") == "sig"
    )
    return is_fit


def _is_for(claims: Mapping[str, Any], client_id: str) -> bool:
    audience = claims.get("aud")
    # Whoever else is named could replay the token here: nobody else is trusted.
    is_alone = audience in (client_id, [client_id])
    return is_alone and claims.get("azp", client_id) == client_id


def _is_timely(claims: Mapping[str, Any], *, now: int) -> bool:
    expires, issued = claims.get("exp"), claims.get("iat")
    starts = claims.get("nbf", issued)
    if not (_is_number(expires) and _is_number(issued) and _is_number(starts)):
        return False
    is_begun = max(issued, starts) <= now + _LEEWAY_S
    return is_begun and now < expires + _LEEWAY_S and now - issued <= _MAX_AGE_S


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _has_subject(claims: Mapping[str, Any]) -> bool:
    subject = claims.get("sub")
    return (
        isinstance(subject, str)
        and 0 < len(subject) <= _MAX_SUBJECT_CHARS
        and subject.isprintable()
    )


def _goes_with(at_hash: object, access_token: str, algorithm: str) -> bool:
    """Check the hash of the access token, where the algorithm says which hash that is."""
    if at_hash is None:
        return True
    hashed = _HASHES.get(algorithm[-3:], hashlib.sha512)(access_token.encode()).digest()
    half = base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).decode().rstrip("=")
    return _is_same(at_hash, half)
