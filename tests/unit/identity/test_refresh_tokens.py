import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.identity import refresh_tokens
from sophia.identity.errors import SessionEndedError
from sophia.kit.ids import SessionId, uuid7

PEPPER = "pepper"
SESSION = SessionId(uuid7())


def chain(length: int) -> list[str]:
    tokens = [refresh_tokens.first(SESSION, pepper=PEPPER)]
    while len(tokens) < length:
        tokens.append(refresh_tokens.successor(tokens[-1], pepper=PEPPER))
    return tokens


def test_two_first_tokens_of_a_session_are_not_the_same() -> None:
    one, other = (refresh_tokens.first(SESSION, pepper=PEPPER) for _ in range(2))

    assert one != other


def test_a_token_has_one_successor_however_often_one_asks() -> None:
    first = refresh_tokens.first(SESSION, pepper=PEPPER)
    successors = {refresh_tokens.successor(first, pepper=PEPPER) for _ in range(20)}

    assert len(successors) == 1
    assert successors != {first}


def test_successors_go_on_without_meeting_an_earlier_one_and_stay_in_the_session() -> None:
    tokens = chain(50)

    assert len(set(tokens)) == 50
    assert {refresh_tokens.session_of(token, pepper=PEPPER) for token in tokens} == {SESSION}
    assert {len(token) for token in tokens} == {130}


def test_a_successor_cannot_be_told_without_the_pepper() -> None:
    first = refresh_tokens.first(SESSION, pepper=PEPPER)

    assert refresh_tokens.successor(first, pepper=PEPPER) != refresh_tokens.successor(
        first, pepper="another"
    )


def test_a_token_under_another_pepper_is_none_of_ours() -> None:
    with pytest.raises(SessionEndedError):
        refresh_tokens.session_of(refresh_tokens.first(SESSION, pepper="a"), pepper="b")


@given(data=st.data())
def test_a_token_with_one_other_character_is_none_of_ours(data: st.DataObject) -> None:
    token = refresh_tokens.first(SESSION, pepper=PEPPER)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[place]))
    changed = token[:place] + other + token[place + 1 :]

    with pytest.raises(SessionEndedError):
        refresh_tokens.session_of(changed, pepper=PEPPER)


@given(text=st.text() | st.text(alphabet="0123456789abcdef."))
def test_any_other_text_is_none_of_ours(text: str) -> None:
    with pytest.raises(SessionEndedError):
        refresh_tokens.session_of(text, pepper=PEPPER)
    assert len(refresh_tokens.digest(text)) == 32
