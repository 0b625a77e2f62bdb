"""Linear's limits, refusals and key."""

from typing import Any

import orjson
import pytest

from sophia.servers.linear.dialect import LINEAR, authorization
from sophia.servers.vendor.dialect import Answer
from sophia.servers.vendor.refusals import refusal
from tests.support.clock import FixedClock


def answer(*errors: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    named = {f"x-ratelimit-{name.replace('_', '-')}": value for name, value in headers.items()}
    body = {"data": None, **({"errors": list(errors)} if errors else {})}
    return Answer(status=status, headers=named, body=orjson.dumps(body))


def error(message: str = "No", **extensions: Any) -> dict[str, Any]:
    return {"message": message, "extensions": extensions}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (answer(), 200),
        (answer(error(code="RATELIMITED", statusCode=400), status=400), 429),
        (answer(error(type="ratelimited")), 429),
        (answer(error(code="AUTHENTICATION_ERROR"), status=400), 401),
        (answer(error(type="forbidden", statusCode=400)), 403),
        (answer(error("Entity not found: Issue", code="INPUT_ERROR", statusCode=400)), 404),
        (answer(error(code="INPUT_ERROR", statusCode=409)), 409),
        (answer(error(type="lock timeout")), 503),
        (answer(error(code="INTERNAL_SERVER_ERROR")), 500),
        (answer({"message": "of no known form"}), 400),
        (answer({"message": "odd", "extensions": [1]}), 400),
        (answer(error(), status=502), 502),
        (Answer(status=503, headers={}, body=b"<html>"), 503),
        (Answer(status=200, headers={}, body=b"[]"), 200),
    ],
)
def test_what_an_answer_means_is_read_from_its_errors(said: Answer, status: int) -> None:
    assert LINEAR.status(said) == status


def test_a_limit_holds_until_the_reset_of_what_is_used_up() -> None:
    clock = FixedClock()

    def in_ms(seconds: int) -> str:
        return str(int(clock.now().timestamp() + seconds) * 1000)

    of_complexity = answer(
        status=429,
        requests_remaining="12",
        requests_reset=in_ms(5),
        complexity_remaining="0",
        complexity_reset=in_ms(300),
    )
    assert LINEAR.wait_s(of_complexity, clock) == pytest.approx(300, abs=1)
    of_one = answer(status=429, endpoint_requests_remaining="0", endpoint_requests_reset=in_ms(40))
    assert LINEAR.wait_s(of_one, clock) == pytest.approx(40, abs=1)
    assert LINEAR.wait_s(answer(status=429), clock) == 60
    assert LINEAR.wait_s(answer(), clock) is None


def test_the_last_of_a_shared_limit_ends_asking_until_the_reset() -> None:
    clock = FixedClock()
    reset = str(int(clock.now().timestamp() + 90) * 1000)
    last = answer(requests_remaining="0", requests_reset=reset)
    assert LINEAR.empty_s(last, clock) == pytest.approx(90, abs=1)
    of_one = answer(endpoint_requests_remaining="0", endpoint_requests_reset=reset)
    assert LINEAR.empty_s(of_one, clock) is None
    assert LINEAR.empty_s(answer(requests_remaining="1"), clock) is None


def test_what_linear_says_for_people_is_passed_on() -> None:
    said = answer(error("Argument Validation Error", userPresentableMessage="A title is needed."))
    assert "A title is needed." in refusal(said, LINEAR).message
    assert "Cannot query" in refusal(answer(error("Cannot query field")), LINEAR).message


@pytest.mark.parametrize(
    ("token", "header"),
    [
        ("lin_api_abc", "lin_api_abc"),
        ("lin_oauth_abc", "Bearer lin_oauth_abc"),
        ("0f" * 32, f"Bearer {'0f' * 32}"),
        ("anything else", "anything else"),
    ],
)
def test_a_key_stands_bare_and_a_token_of_oauth_after_bearer(token: str, header: str) -> None:
    assert authorization(token) == header
