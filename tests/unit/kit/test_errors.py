import importlib
import json
import pkgutil
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

import sophia
from sophia.api import problems
from sophia.cli.main import EXIT_CODES
from sophia.kit.errors import Kind, SophiaError

KINDS: list[Any] = list(Kind)


class ThingMissingError(SophiaError):
    """There is no such thing: ask for another.

    This is not part of the message.
    """

    kind = Kind.MISSING
    code = "test.thing_missing"


def app_that_raises(error: SophiaError) -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    async def read() -> None:
        raise error

    @app.websocket("/talk")
    async def talk(_websocket: WebSocket) -> None:
        raise error

    return app


def every_error() -> list[type[SophiaError]]:
    for module in pkgutil.walk_packages(sophia.__path__, "sophia."):
        if module.name.endswith(".errors"):
            importlib.import_module(module.name)
    found: list[type[SophiaError]] = [SophiaError]
    for error in found:
        found.extend(error.__subclasses__())
    return [error for error in found if error.__module__.startswith("sophia.")]


def test_an_error_says_what_its_class_says_unless_it_is_told_more() -> None:
    assert ThingMissingError().message == "There is no such thing: ask for another."
    assert str(ThingMissingError("No lamp.", thing="lamp")) == "No lamp."
    assert ThingMissingError("No lamp.", thing="lamp").facts == {"thing": "lamp"}


def test_what_nobody_thought_of_is_our_fault() -> None:
    assert SophiaError().kind is Kind.BUG


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_status_of_its_own_family(kind: Kind) -> None:
    status = HTTPStatus(problems.STATUS[kind])

    is_ours = kind in {Kind.BUG, Kind.UNAVAILABLE, Kind.TIMEOUT}
    assert status.is_server_error if is_ours else status.is_client_error


def test_no_two_kinds_share_a_status() -> None:
    assert len(set(problems.STATUS.values())) == len(Kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_ends_a_command_with_a_code_that_is_not_success(kind: Kind) -> None:
    assert 64 <= EXIT_CODES[kind] <= 78


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_answered_as_a_problem(kind: Kind) -> None:
    error = ThingMissingError("No lamp.", thing="lamp")
    error.kind = kind
    answer = TestClient(app_that_raises(error)).get("/")

    assert answer.status_code == problems.STATUS[kind]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:sophia:problem:test.thing_missing",
        "title": HTTPStatus(problems.STATUS[kind]).phrase,
        "status": problems.STATUS[kind],
        "detail": "No lamp.",
        "code": "test.thing_missing",
        "thing": "lamp",
    }
    assert (answer.headers.get("www-authenticate") == "Bearer") == (kind is Kind.UNAUTHENTICATED)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_refuses_a_handshake_as_a_problem(kind: Kind) -> None:
    error = ThingMissingError()
    error.kind = kind
    client = TestClient(app_that_raises(error))
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/talk"):
        pass

    assert refused.value.status_code == problems.STATUS[kind]
    assert json.loads(refused.value.content)["code"] == "test.thing_missing"


def test_who_asked_too_often_is_told_when_to_come_back() -> None:
    error = ThingMissingError(retry_after_s=17)
    error.kind = Kind.EXHAUSTED
    answer = TestClient(app_that_raises(error)).get("/")

    assert answer.headers["retry-after"] == "17"
    assert answer.json()["retry_after_s"] == 17


def test_who_came_while_we_were_away_is_told_when_to_come_back() -> None:
    error = ThingMissingError()
    error.kind = Kind.UNAVAILABLE

    assert int(TestClient(app_that_raises(error)).get("/").headers["retry-after"]) > 0


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_has_a_kind_and_a_code_and_words(error: type[SophiaError]) -> None:
    assert error.kind in Kind
    assert error.code.count(".") == 1
    assert error().message.endswith((".", "`"))
