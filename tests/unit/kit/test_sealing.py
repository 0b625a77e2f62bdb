from hypothesis import given
from hypothesis.strategies import binary, text

from sophia.kit.sealing import Seal


@given(binary(max_size=200), text(max_size=20))
def test_what_is_sealed_is_read_again_by_whoever_it_is_bound_to(body: bytes, owner: str) -> None:
    seal = Seal("a secret", purpose="letters")
    sealed = seal.close(body, bound_to=owner)
    assert seal.open(sealed, bound_to=owner) == body
    assert seal.open(sealed, bound_to=f"{owner}'") is None


def test_a_seal_of_another_secret_or_purpose_opens_nothing() -> None:
    sealed = Seal("a secret", purpose="letters").close(b"dear Ada")
    assert Seal("another", purpose="letters").open(sealed) is None
    assert Seal("a secret", purpose="parcels").open(sealed) is None


def test_what_was_changed_or_is_no_seal_opens_nothing() -> None:
    seal = Seal("a secret", purpose="letters")
    sealed = seal.close(b"dear Ada")
    assert b"Ada" not in sealed.encode()
    for broken in (sealed[:-4] + "AAAA", sealed[1:], "", "a.b.c.d.e", "ü"):
        assert seal.open(broken) is None
