import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import OKPKey, RSAKey

from sophia.kit.tokens import (
    Signer,
    TokenExpiredError,
    TokenInvalidError,
    Verifier,
    generate_private_key,
)
from tests.support.clock import FixedClock

AUDIENCE = "sophia:api"
TYPE = "at+jwt"
LEEWAY_S = 5
PRIVATE_PEM = generate_private_key()
KEY = OKPKey.import_key(PRIVATE_PEM)
PUBLIC_PEM = Signer(PRIVATE_PEM).public_pem
HEADER = {"alg": "Ed25519", "kid": KEY.thumbprint(), "typ": TYPE}
NOW = int(FixedClock().now().timestamp())
CLAIMS = {
    "iss": "sophia",
    "aud": AUDIENCE,
    "sub": "ada",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 60,
    "jti": "once",
}
TIMES = ["iat", "nbf", "exp"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def sign(clock: FixedClock, *, audience: str = AUDIENCE, token_type: str = TYPE) -> str:
    signer = Signer(PRIVATE_PEM, clock=clock)
    return signer.sign({"sub": "ada"}, audience=audience, token_type=token_type, ttl_s=60)


def verify(token: str, *, clock: FixedClock | None = None) -> dict[str, Any]:
    verifier = Verifier(PUBLIC_PEM, clock=clock or FixedClock())
    return verifier.verify(token, audience=AUDIENCE, token_type=TYPE)


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return encoded(text.encode(errors="replace"))


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def with_header(**changes: Any) -> str:
    return jwt.encode({**HEADER, **changes}, CLAIMS, KEY, algorithms=["Ed25519"])


def with_claims(**changes: Any) -> str:
    claims = {**CLAIMS, **changes}
    payload = json.dumps({name: value for name, value in claims.items() if value is not ...})
    return jws.serialize_compact(HEADER, payload.encode(), KEY, algorithms=["Ed25519"])


def signed_by_hand(header: dict[str, Any]) -> str:
    """Sign what the library itself would refuse to sign."""
    said = f"{part(header)}.{part(CLAIMS)}"
    key = serialization.load_pem_private_key(PRIVATE_PEM.encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return f"{said}.{encoded(key.sign(said.encode()))}"


def unsigned(alg: object) -> str:
    return f"{part({**HEADER, 'alg': alg})}.{part(CLAIMS)}."


def signed_by_the_public_key(pem: str) -> str:
    """The confusion of algorithms: what everybody may know, used as a shared secret."""
    said = f"{part({**HEADER, 'alg': 'HS256'})}.{part(CLAIMS)}"
    return f"{said}.{encoded(hmac.digest(pem.encode(), said.encode(), 'sha256'))}"


def signed_with_its_own_key() -> str:
    own = OKPKey.generate_key("Ed25519")
    header = {**HEADER, "jwk": own.as_dict(private=False)}
    return jwt.encode(header, CLAIMS, own, algorithms=["Ed25519"])


def signed_by_rsa() -> str:
    header = {**HEADER, "alg": "RS256"}
    return jwt.encode(header, CLAIMS, RSAKey.generate_key(2048), algorithms=["RS256"])


def other_payload() -> str:
    header, _, signature = sign(FixedClock()).split(".")
    return f"{header}.{part({**CLAIMS, 'sub': 'mallory'})}.{signature}"


FORGED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "of dots": lambda: "..",
    "not ASCII": lambda: "tökén.tökén.tökén",
    "with a lone surrogate": lambda: "\ud800",
    "of zeros": lambda: "\0.\0.\0",
    "very long": lambda: "a" * 1_000_000,
    "deep": lambda: f"{part('[' * 300)}.{part('{}')}.{part('x')}",
    "of deep claims": lambda: f"{part(HEADER)}.{part('[' * 90_000)}.{part('x')}",
    "of five parts": lambda: "a.b.c.d.e",
    "another payload": other_payload,
    "without its signature": lambda: sign(FixedClock()).rpartition(".")[0] + ".",
    "alg none": lambda: unsigned("none"),
    "alg NONE": lambda: unsigned("NONE"),
    "alg null": lambda: unsigned(None),
    "alg of a list": lambda: unsigned(["Ed25519"]),
    "HS256 under the public PEM": lambda: signed_by_the_public_key(PUBLIC_PEM),
    "HS256 under the bare public PEM": lambda: signed_by_the_public_key(PUBLIC_PEM.strip()),
    "RS256": signed_by_rsa,
    "with its own key": signed_with_its_own_key,
    "of another key": lambda: Signer(generate_private_key(), clock=FixedClock()).sign(
        {"sub": "ada"}, audience=AUDIENCE, token_type=TYPE, ttl_s=60
    ),
    "another typ": lambda: with_header(typ="tool+jwt"),
    "typ in capitals": lambda: with_header(typ="AT+JWT"),
    "another kid": lambda: with_header(kid="another"),
    "kid a path": lambda: with_header(kid="../../etc/passwd"),
    "critical extension": lambda: signed_by_hand({**HEADER, "crit": ["exp"], "exp": NOW}),
    "another audience": lambda: with_claims(aud="sophia:mcp:memory"),
    "many audiences": lambda: with_claims(aud=[AUDIENCE, "sophia:mcp:memory"]),
    "another issuer": lambda: with_claims(iss="mallory"),
    "issuers": lambda: with_claims(iss=["sophia"]),
    "not yet valid": lambda: with_claims(nbf=NOW + LEEWAY_S + 1),
    "issued in the future": lambda: with_claims(iat=NOW + LEEWAY_S + 1),
    "sub a number": lambda: with_claims(sub=7),
    "exp a text": lambda: with_claims(exp=str(NOW + 60)),
    "exp true": lambda: with_claims(exp=True),
    "exp infinite": lambda: with_claims(exp=float("inf")),
    "exp no number": lambda: with_claims(exp=float("nan")),
    "nbf no number": lambda: with_claims(nbf=float("nan")),
}


def test_a_token_tells_its_claims_to_whom_it_is_meant_for() -> None:
    claims = verify(sign(FixedClock()))

    assert {name: claims[name] for name in CLAIMS if name != "jti"} == {
        name: value for name, value in CLAIMS.items() if name != "jti"
    }


def test_no_two_tokens_are_the_same() -> None:
    clock = FixedClock()

    assert sign(clock) != sign(clock)


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(TokenInvalidError) as refused:
        verify(forge())

    assert type(refused.value) is TokenInvalidError


@pytest.mark.parametrize("missing", CLAIMS)
def test_a_token_that_leaves_a_claim_out_is_refused(missing: str) -> None:
    verify(with_claims())  # what is checked is the claim that is missing, and nothing else

    with pytest.raises(TokenInvalidError):
        verify(with_claims(**{missing: ...}))


@pytest.mark.parametrize("missing", HEADER)
def test_a_token_that_leaves_a_header_out_is_refused(missing: str) -> None:
    verify(signed_by_hand(HEADER))

    with pytest.raises(TokenInvalidError):
        verify(signed_by_hand({name: HEADER[name] for name in HEADER if name != missing}))


def test_a_token_ends_with_its_time_and_says_so() -> None:
    clock = FixedClock()
    token = sign(clock)
    clock.advance(60 + LEEWAY_S - 1)
    verify(token, clock=clock)
    clock.advance(1)

    with pytest.raises(TokenExpiredError):
        verify(token, clock=clock)


def test_a_token_that_was_seen_ends_with_its_time_too() -> None:
    clock = FixedClock()
    verifier = Verifier(PUBLIC_PEM, clock=clock)
    token = sign(clock)
    verifier.verify(token, audience=AUDIENCE, token_type=TYPE)
    clock.advance(60 + LEEWAY_S)

    with pytest.raises(TokenExpiredError):
        verifier.verify(token, audience=AUDIENCE, token_type=TYPE)


@pytest.mark.parametrize(
    ("audience", "token_type"), [("sophia:mcp:memory", TYPE), (AUDIENCE, "tool+jwt")]
)
def test_a_token_that_was_seen_in_one_place_is_not_let_in_at_another(
    audience: str, token_type: str
) -> None:
    verifier = Verifier(PUBLIC_PEM, clock=FixedClock())
    token = sign(FixedClock())
    verifier.verify(token, audience=AUDIENCE, token_type=TYPE)

    with pytest.raises(TokenInvalidError):
        verifier.verify(token, audience=audience, token_type=token_type)


def test_what_is_done_to_the_claims_does_not_change_what_is_told_next_time() -> None:
    verifier = Verifier(PUBLIC_PEM, clock=FixedClock())
    token = sign(FixedClock())
    for _ in range(3):
        claims = verifier.verify(token, audience=AUDIENCE, token_type=TYPE)
        assert claims["sub"] == "ada"
        claims["sub"] = "mallory"


def test_many_tokens_are_all_let_in_and_forgotten_in_time() -> None:
    clock = FixedClock()
    verifier = Verifier(PUBLIC_PEM, clock=clock)
    tokens = [sign(clock) for _ in range(1100)]
    for token in (*tokens, *tokens[:100]):
        assert verifier.verify(token, audience=AUDIENCE, token_type=TYPE)["sub"] == "ada"


@given(token=st.text())
def test_no_text_does_more_than_be_refused(token: str) -> None:
    with pytest.raises(TokenInvalidError):
        verify(token)


@given(header=JSON, claims=JSON, signature=st.binary(max_size=80))
def test_no_json_in_the_shape_of_a_token_does_more_than_be_refused(
    header: Any, claims: Any, signature: bytes
) -> None:
    with pytest.raises(TokenInvalidError):
        verify(f"{part(header)}.{part(claims)}.{encoded(signature)}")


@given(changes=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "x"]), JSON))
def test_no_header_of_our_shape_does_more_than_be_refused(changes: dict[str, Any]) -> None:
    signature = part("x" * 64)

    with pytest.raises(TokenInvalidError):
        verify(f"{part({**HEADER, **changes})}.{part(CLAIMS)}.{signature}")


@given(changes=st.dictionaries(st.sampled_from([*CLAIMS]), JSON, min_size=1))
def test_no_claims_under_our_own_signature_do_more_than_be_refused(
    changes: dict[str, Any],
) -> None:
    try:
        claims = verify(with_claims(**changes))
    except TokenInvalidError:
        return
    assert claims["aud"] == AUDIENCE
    assert claims["iss"] == "sophia"
    assert isinstance(claims["sub"], str)
    assert claims["exp"] > NOW - LEEWAY_S
    assert claims["nbf"] <= NOW + LEEWAY_S


@given(st.data())
def test_a_token_with_one_other_character_is_refused(data: st.DataObject) -> None:
    token = sign(FixedClock())
    # The last character of a part may hold bits that stand for nothing.
    place = data.draw(st.integers(0, len(token) - 3))
    other = data.draw(st.sampled_from("abcXYZ019_-."))
    changed = token[:place] + other + token[place + 1 :]
    if changed != token:
        with pytest.raises(TokenInvalidError):
            verify(changed)
