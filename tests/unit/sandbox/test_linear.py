"""What any client of GraphQL may ask of the stand-in for Linear."""

from typing import Any

import httpx2
import pytest

from sophia.sandbox import team
from sophia.sandbox.linear.app import linear_app
from tests.support.clock import FixedClock


async def ask(query: str, **variables: Any) -> tuple[int, dict[str, Any]]:
    transport = httpx2.ASGITransport(linear_app(FixedClock()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://linear") as client:
        answer = await client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": team.TOKEN},
        )
    return answer.status_code, answer.json()


async def test_values_stand_in_the_query_or_beside_it() -> None:
    status, said = await ask(
        """
        query Mine($who: ID!) {  # the bugs of one person
          bugs: issues(
            first: 10
            filter: {
              assignee: {id: {eq: $who}}
              labels: {some: {name: {eqIgnoreCase: "BUG"}}}
              or: [{priority: {in: [1, 2]}}, {title: {containsIgnoreCase: "fog \\"x\\""}}]
            }
          ) { nodes { ticket: identifier } totalCount }
        }
        """,
        who=await tomas(),
    )
    assert status == 200
    assert said == {"data": {"bugs": {"nodes": [{"ticket": "FER-1"}], "totalCount": 1.0}}}


async def tomas() -> str:
    _, said = await ask("{ users { nodes { id displayName } } }")
    users = said["data"]["users"]["nodes"]
    return next(one["id"] for one in users if one["displayName"] == "tomas")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ viewer { surprise } }", 'Cannot query field "surprise" on type "User".'),
        ("{ surprise { id } }", 'Cannot query field "surprise" on type "Query".'),
        ("{ issues { surprise } }", 'Cannot query field "surprise" on type "IssueConnection".'),
        ("mutation { surprise(id: 1) { success } }", '"surprise" on type "Mutation".'),
        ("{ viewer { id }", "Syntax Error: Unexpected '<EOF>'."),
        ("{ viewer { id } } }", "Syntax Error: Unexpected '}'."),
        ("subscription { issues }", "Syntax Error: Unexpected 'subscription'."),
        ("{ viewer { ...All } }", "Syntax Error: Unexpected '.'."),
        ("{ issues(first: ) { nodes { id } } }", "Syntax Error: Unexpected ')'."),
    ],
)
async def test_what_is_no_query_is_refused(query: str, words: str) -> None:
    status, said = await ask(query)
    assert (status, said["data"]) == (400, None)
    assert words in said["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('{ issue(id: "FER-99") { id } }', "Entity not found: Issue"),
        ('{ issues(after: "nowhere") { nodes { id } } }', "The cursor is not valid."),
        ("{ issues(filter: {title: {like: 1}}) { nodes { id } } }", "to compare by like"),
        ("{ issues(filter: {labels: {every: {}}}) { nodes { id } } }", "only the filter some"),
        ("mutation { issueCreate(input: {}) { success } }", "title is missing in Issue"),
    ],
)
async def test_what_does_not_fit_is_told_in_a_200_as_linear_does(query: str, words: str) -> None:
    status, said = await ask(query)
    assert (status, said["data"]) == (200, None)
    assert words in said["errors"][0]["message"]
    assert said["errors"][0]["extensions"]["code"] == "INPUT_ERROR"
