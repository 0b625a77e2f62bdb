"""Every route does what its OpenAPI description says, with good data and bad."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, assume, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import (
    build_operation_test,  # pyright: ignore[reportUnknownVariableType]  # left untyped there
)
from schemathesis.specs.openapi import checks

from sophia.api.app import build
from sophia.settings import Settings
from sophia.wiring.api import open_api
from tests.support.desk import Desk
from tests.support.house import PUBLIC_PATHS

DESCRIPTION: dict[str, Any] = build(lambda: open_api(Settings())).openapi()
ROUTES = [
    (method, path, operation)
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
]
PROBLEM = {"$ref": "#/components/schemas/ProblemOut"}
ID = re.compile(r"{\w+}")

# A cursor's inner form, a key's earlier use: the description's patterns only come near.
BEYOND_SCHEMAS = {
    "page.cursor_invalid",
    "chat.idempotency_key_reused",
    "idempotency.key_reused",
    "auth.password_weak",
    "model.unknown",
    "chat.tool_unknown",
    "archive.file_invalid",
    "attachments.empty",
    "attachments.type_unknown",
    "attachments.pdf_encrypted",
    "attachments.pdf_unreadable",
    "attachments.pdf_without_text",
    "documents.empty",
    "documents.type_unknown",
    "outgoing.url_refused",
    "model.blind",
    # Whether there is such a day, how close two runs are, which time zones are known.
    "schedules.cron_invalid",
    "schedules.cron_too_often",
    "schedules.time_zone_unknown",
    # What a filter names, which scopes there are, what a secret is, which time comes first.
    "memory.filter_empty",
    "memory.import_unreadable",
    "memory.nothing_to_update",
    "memory.not_to_be_kept",
    "memory.scope_unknown",
    "memory.validity_backwards",
    # Which applications, codes and tokens there are, and what a query says.
    "oauth.client_unknown",
    "oauth.grant_invalid",
    "oauth.grant_type_unknown",
    "oauth.redirect_unfit",
    "oauth.request_invalid",
}

# Names beside an id: with other methods they are taken for an id that is none.
BESIDE_IDS = {
    "/api/v1/conversations/search",
    "/api/v1/conversations/import",
    "/api/v1/memory/documents/fetch",
    "/api/v1/me/identities/oidc",
}

# `make fuzz` sends a hundred.
EXAMPLES = int(os.environ.get("SOPHIA_TEST_EXAMPLES", "10"))  # noqa: TID251 - of the tests alone
# Many requests to each route, on a busy machine.
pytestmark = pytest.mark.timeout(240)
# A longer one the HTTP server refuses before any route is chosen.
MAX_QUERY_CHARS = 4_000

# What two members of a body, or the size of one, mean together.
BEYOND_RULES = (
    "is empty: write what is meant",
    "at least 1 item after validation",  # a tag that is nothing but space
    "body.metadata: ",
    "after needs session_id",
    "give content or by_memory_id, one of the two",
    "has a subject_id",
)

generation = GenerationConfig(
    modes=list(GenerationMode),
    max_examples=EXAMPLES,
    deterministic=True,
    with_security_parameters=False,
)
schema = schemathesis.openapi.from_dict(
    DESCRIPTION,
    config=schemathesis.Config(
        projects=ProjectsConfig(default=ProjectConfig(generation=generation))
    ),
)
FOUND = cast("Iterator[Any]", schema.get_all_operations())
OPERATIONS: dict[str, Any] = {one.ok().label: one.ok() for one in FOUND}
SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
load_all_checks()


@dataclass
class Account:
    """Somebody who has one of everything."""

    url: str
    token: str
    known: dict[str, str]


@pytest_asyncio.fixture(loop_scope="session")
async def account(desk: Desk) -> Account:
    """A person with a conversation, a turn, a session and a key."""
    _, token = await desk.add_user(role="owner")
    async with desk.client(token) as client:
        said = await client.post("/api/v1/chat", json={"message": "Hello", "model": "builtin"})
        key = await client.post("/api/v1/keys", json={"name": "mine"})
        wish = {"message": "Hello", "cron": "0 7 1 1 *", "model": "builtin"}
        schedule = await client.post("/api/v1/schedules", json=wish)
    assert said.is_success, said.text
    metadata = said.json()["metadata"]
    known = {name: metadata[name] for name in ("session_id", "turn_id")}
    # The desk has no OpenID provider, so nobody has an account there.
    known["identity_id"] = str(uuid4())
    known["schedule_id"] = schedule.json()["schedule_id"]
    return Account(desk.url, token, {**known, "key_id": key.json()["key_id"]})


# By `schema.parametrize` each process of a run would build all of them as it collects its tests.
@pytest.mark.parametrize("label", OPERATIONS)
def test_a_route_does_what_its_description_says(label: str, account: Account) -> None:
    def does_what_it_says(case: Case[Any]) -> None:
        assume(len(str(case.query)) <= MAX_QUERY_CHARS)
        point_at_what_is_there(case, account)
        sending: dict[str, Any] = {
            "base_url": account.url,
            "headers": {"Authorization": f"Bearer {account.token}"},
            "timeout": 10,
        }
        response = case.call(**sending)
        is_good = not contradicts_itself(case) and not is_beyond_schemas(response.json)
        excluded: list[Any] = [] if is_good else [checks.positive_data_acceptance]
        if case.path in BESIDE_IDS:
            excluded += [checks.unsupported_method, checks.allow_header_conformance]
        case.validate_response(
            response,
            excluded_checks=excluded,
            headers=sending["headers"],
            transport_kwargs=sending,
        )

    build_operation_test(
        config=schema.config,
        operation=OPERATIONS[label],
        test_func=does_what_it_says,
        given_kwargs={},
        feedback=FeedbackSources(),
        explicit_settings=SETTINGS,
    )()


def test_each_route_is_among_those() -> None:
    assert OPERATIONS.keys() == {f"{method.upper()} {path}" for method, path, _ in ROUTES}


def is_beyond_schemas(read: Callable[[], Any]) -> bool:
    """Say whether a request was refused for what no schema can say."""
    try:
        problem: dict[str, Any] = read()
    except ValueError:
        return False
    says = str(problem.get("detail"))
    return problem.get("code") in BEYOND_SCHEMAS or any(rule in says for rule in BEYOND_RULES)


def contradicts_itself(case: Case[Any]) -> bool:
    """Say whether a case calls itself good with a part that schemathesis has made bad."""
    if case.meta is None or case.meta.generation.mode.is_negative:
        return False
    return any(is_bad(case, place) for place in case.meta.components)


def is_bad(case: Case[Any], place: str) -> bool:
    """Say whether a part of the request (path, header, query, body) is against the description."""
    parts = {} if case.meta is None else case.meta.components
    return any(part.mode.is_negative for name, part in parts.items() if name == place)


def point_at_what_is_there(case: Case[Any], account: Account) -> None:
    """Ask for one's own things in every other example, of the model that needs no provider."""
    known = account.known.get(next(iter(case.path_parameters), ""))
    if known and "/sessions/" not in case.path and is_even_id(case.path_parameters):
        case.path_parameters = dict.fromkeys(case.path_parameters, known)
    body: Any = case.body
    is_message = case.path == "/api/v1/chat" and isinstance(body, dict)
    if is_message and isinstance(body.get("model", ""), str | None):
        body["model"] = "builtin"


def is_even_id(parameters: dict[str, Any]) -> bool:
    try:
        return UUID(str(next(iter(parameters.values())))).int % 2 == 0
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("method", "path", "operation"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES]
)
def test_a_route_describes_its_problems(method: str, path: str, operation: dict[str, Any]) -> None:
    problems = {status: found for status, found in operation["responses"].items() if status >= "4"}

    assert {"401", "403", "404", "409", "413", "422", "429", "500", "503"} <= set(problems), method
    for status, found in problems.items():
        if status != "503":
            assert found["content"]["application/problem+json"]["schema"] == PROBLEM
    assert bool(operation.get("security")) != (path in PUBLIC_PATHS)
    assert operation["summary"]
    assert operation["description"]


async def test_every_route_that_is_not_public_asks_who_one_is(desk: Desk) -> None:
    asked: list[int] = []
    for token in (None, "forged"):
        async with desk.client(token) as client:
            for method, path, _ in ROUTES:
                if path not in PUBLIC_PATHS:
                    answer = await client.request(method, ID.sub(str(UUID(int=0)), path))
                    asked.append(answer.status_code)

    assert asked == [401] * 2 * (len(ROUTES) - len(PUBLIC_PATHS))
