"""GitHub's limits and refusals."""

import orjson
import pytest

from sophia.servers.github.dialect import GITHUB, GITHUB_GRAPH
from sophia.servers.github.server import graph_account
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.dialect import Answer
from sophia.servers.vendor.refusals import refusal
from tests.support.clock import FixedClock


def answer(status: int, *, message: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=orjson.dumps({"message": message}))


def test_a_limit_is_told_from_a_refusal() -> None:
    clock = FixedClock()
    reset = str(int(clock.now().timestamp()) + 300)
    primary = answer(403, x_ratelimit_remaining="0", x_ratelimit_reset=reset)
    assert GITHUB.wait_s(primary, clock) == pytest.approx(300, abs=1)
    assert GITHUB.wait_s(answer(403, retry_after="30"), clock) == 30
    secondary = answer(403, message="You have exceeded a secondary rate limit.")
    assert GITHUB.wait_s(secondary, clock) == 60
    assert GITHUB.wait_s(answer(403, message="Resource not accessible"), clock) is None
    assert GITHUB.wait_s(answer(200), clock) is None


def test_the_last_request_that_is_left_ends_asking_until_the_reset() -> None:
    clock = FixedClock()
    reset = str(int(clock.now().timestamp()) + 60)
    last = answer(200, x_ratelimit_remaining="0", x_ratelimit_reset=reset)
    assert GITHUB.empty_s(last, clock) == pytest.approx(60, abs=1)
    assert GITHUB.empty_s(answer(200, x_ratelimit_remaining="1"), clock) is None


def test_searching_has_limits_of_its_own() -> None:
    paths = ("/search/code", "/search/issues", "/repos/octo/hello")
    assert len({GITHUB.bucket(path) for path in paths}) == 3


def test_a_missing_scope_is_named() -> None:
    classic = answer(403, x_accepted_oauth_scopes="repo", x_oauth_scopes="gist")
    assert "scopes repo; the token has gist" in refusal(classic, GITHUB).message
    fine = answer(403, x_accepted_github_permissions="issues=write")
    assert "permissions issues=write" in refusal(fine, GITHUB).message


@pytest.mark.parametrize(
    ("kind", "status"),
    [("NOT_FOUND", 404), ("FORBIDDEN", 403), ("RATE_LIMITED", 429), ("WHATEVER", 422)],
)
def test_graphql_refuses_by_200_and_is_understood(kind: str, status: int) -> None:
    body = orjson.dumps({"data": None, "errors": [{"type": kind, "message": "no"}]})
    assert GITHUB_GRAPH.status(Answer(status=200, headers={}, body=body)) == status
    assert GITHUB_GRAPH.status(Answer(status=200, headers={}, body=b'{"data": {}}')) == 200
    assert GITHUB_GRAPH.status(Answer(status=502, headers={}, body=b"")) == 502


@pytest.mark.parametrize(
    ("rest", "graph"),
    [
        ("https://api.github.com", "https://api.github.com"),
        ("https://git.octo.example/api/v3", "https://git.octo.example/api"),
    ],
)
def test_graphql_is_beside_rest(rest: str, graph: str) -> None:
    account = Account(dialect=GITHUB, base_url=rest, token="t")
    assert graph_account(account).base_url == graph
