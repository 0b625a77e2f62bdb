from collections.abc import Callable
from typing import Any

import pytest

from sophia.kit.tokens import Signer, Verifier, generate_private_key
from sophia.servers.access import TOKEN_TYPE, Gate, audience_of
from sophia.servers.errors import TokenMissingError, TokenRefusedError
from sophia.servers.principal import Principal
from tests.support.serving import SIGNER, STATIC_TOKEN, a_caller, mint

GATE = Gate("memory", static_token=STATIC_TOKEN, verifier=Verifier(SIGNER.public_pem))
USER = "0195a1b2-0000-7000-8000-000000000001"


def signed(
    *,
    signer: Signer = SIGNER,
    audience: str = audience_of("memory"),
    token_type: str = TOKEN_TYPE,
    ttl_s: int = 60,
    **claims: Any,
) -> str:
    return signer.sign(
        {"sub": USER, **claims}, audience=audience, token_type=token_type, ttl_s=ttl_s
    )


def test_the_server_s_own_token_speaks_for_nobody_in_particular() -> None:
    assert GATE.admit(f"Bearer {STATIC_TOKEN}") == Principal()


def test_a_token_of_the_backend_speaks_for_its_user_in_its_turn() -> None:
    caller = a_caller("Anna")

    assert GATE.admit(f"bearer {mint('memory', caller)}") == Principal(
        user_id=str(caller.user_id),
        user_name="Anna",
        conversation_id=str(caller.conversation_id),
        turn_id=str(caller.turn_id),
    )


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", STATIC_TOKEN])
def test_without_a_bearer_token_the_answer_says_how_to_get_one(header: str | None) -> None:
    with pytest.raises(TokenMissingError, match="sophia token --server memory"):
        GATE.admit(header)


REFUSED: dict[str, Callable[[], str]] = {
    "another static token": lambda: "the-server's-own-token!",
    "no ASCII": lambda: "tökén",
    "another server's": lambda: signed(audience=audience_of("github")),
    "the API's": lambda: signed(audience="sophia:api", token_type="at+jwt"),
    "an access token for this audience": lambda: signed(token_type="at+jwt"),
    "expired": lambda: signed(ttl_s=-60),
    "another key's": lambda: signed(signer=Signer(generate_private_key())),
    "for no user id": lambda: signed(sub="anna"),
    "for a number": lambda: signed(sub=7),
    "cut": lambda: signed()[:-9],
    "unsigned": lambda: signed().rpartition(".")[0] + ".",
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
def test_a_token_that_is_not_for_here_is_refused(token: Callable[[], str]) -> None:
    with pytest.raises(TokenRefusedError):
        GATE.admit(f"Bearer {token()}")


def test_an_expired_token_is_told_so() -> None:
    with pytest.raises(TokenRefusedError, match="has expired"):
        GATE.admit(f"Bearer {signed(ttl_s=-60)}")
