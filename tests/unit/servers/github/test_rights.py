"""What a credential cannot use is not offered; of strangers nothing is shown under lockdown."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.app import github_app
from sophia.sandbox.serving import standing_in
from sophia.servers.github.errors import AppIncompleteError, AppKeyError
from sophia.servers.github.server import open_github
from sophia.servers.selection import selected
from sophia.settings import Settings
from tests.support.clock import FixedClock
from tests.support.github import REPO, github_desk
from tests.support.serving import connected, serving
from tests.support.vendor_specs import OpenApi, Recorder, vendor_spec

KEY = RSAKey.generate_key(2048)
APP, INSTALLATION = "4711", 7
ALL = {"github": frozenset({"all"})}


class Door:
    """GitHub, before its stand-in: says what the token may, and lets an App in."""

    def __init__(
        self, app: ASGIApp, clock: FixedClock, *, scopes: str | None, permissions: dict[str, str]
    ) -> None:
        self._app = app
        self._clock = clock
        self._scopes = scopes
        self._permissions = permissions
        self.granted = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "http.response.start" and self._scopes is not None:
                message["headers"].append((b"x-oauth-scopes", self._scopes.encode()))
            await send(message)

        if scope["path"] == f"/app/installations/{INSTALLATION}/access_tokens":
            await self._grant(Request(scope))(scope, receive, send)
        else:
            await self._app(scope, receive, told)

    def _grant(self, request: Request) -> JSONResponse:
        signed = request.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(signed, KEY, algorithms=["RS256"]).claims
        now = int(self._clock.now().timestamp())
        assert claims["iss"] == APP
        assert claims["iat"] <= now < claims["exp"] <= now + 600
        self.granted += 1
        ends = self._clock.now() + timedelta(hours=1)
        told = {
            "token": team.TOKEN,
            "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": self._permissions,
            "repository_selection": "all",
        }
        return JSONResponse(told, status_code=201)


@asynccontextmanager
async def served(
    *, scopes: str | None = None, permissions: dict[str, str] | None = None, **settings: Any
) -> AsyncGenerator[tuple[Client, Door, FixedClock, Recorder]]:
    clock = FixedClock()
    door = Door(github_app(clock), clock, scopes=scopes, permissions=permissions or {})
    recorder = Recorder(door)
    async with standing_in("github", recorder, clock=clock) as sandbox:
        given: dict[str, Any] = {"github_base_url": sandbox.origin, **settings}
        async with open_github(Settings(**given), clock) as parts:
            offered = selected(parts, is_read_only=False, toolsets=ALL)
            async with serving(offered) as at, connected(at) as client:
                yield client, door, clock, recorder


async def names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


@pytest.mark.parametrize(
    ("scopes", "there", "not_there"),
    [
        ("", {"list_issues", "get_gist"}, {"create_issue", "gist_write", "list_notifications"}),
        ("public_repo, gist", {"create_issue", "gist_write"}, {"actions_run_trigger"}),
        ("repo", {"create_issue", "list_notifications", "list_security_alerts"}, {"gist_write"}),
        (None, {"create_issue", "gist_write", "list_notifications"}, set[str]()),
    ],
)
async def test_a_classic_token_is_offered_what_its_scopes_allow(
    scopes: str | None, there: set[str], not_there: set[str]
) -> None:
    async with served(scopes=scopes, GITHUB_TOKEN=team.TOKEN) as (client, _, _, _):
        offered = await names(client)
        assert there <= offered
        assert not not_there & offered
        for tool in not_there:
            with pytest.raises(MCPError, match="lacks the scope"):
                await client.call_tool(tool, {})


async def test_an_app_signs_in_once_an_hour_and_is_offered_what_it_may(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_bytes(KEY.as_pem(private=True))
    app: dict[str, Any] = {
        "github_app_id": APP,
        "github_app_installation_id": INSTALLATION,
        "github_app_key_file": file,
    }
    permissions = {"issues": "write", "contents": "read", "metadata": "read"}
    async with served(permissions=permissions, **app) as (client, door, clock, recorder):
        offered = await names(client)
        assert {"create_issue", "get_file_content", "list_branches"} <= offered
        assert not {"push_files", "list_pull_requests", "get_me", "list_gists"} & offered
        for _ in range(3):
            assert not (await client.call_tool("list_issues", {"repo": REPO})).is_error
        assert door.granted == 1
        clock.advance(3_400)
        assert not (await client.call_tool("list_issues", {"repo": REPO})).is_error
        assert door.granted == 2
        await client.call_tool("list_repositories", {})
        assert recorder.seen[-1].path == "/installation/repositories"
    judge = OpenApi(vendor_spec("github/github_rest_full.json.gz"), only="/app/installations/")
    asked = [one for one in recorder.seen if one.path.startswith("/app/")]
    assert [wrong for one in asked for wrong in judge.violations(one)] == []


@pytest.mark.parametrize(
    ("key", "installation", "error"),
    [("no key", 7, AppKeyError), ("no key", None, AppIncompleteError)],
)
async def test_an_app_that_cannot_sign_in_stops_the_start(
    tmp_path: Path, key: str, installation: int | None, error: type[Exception]
) -> None:
    file = tmp_path / "app.pem"
    file.write_text(key)
    given: dict[str, Any] = {
        "github_app_id": APP,
        "github_app_installation_id": installation,
        "github_app_key_file": file,
    }
    with pytest.raises(error):
        async with open_github(Settings(**given), FixedClock()):
            pass


async def test_under_lockdown_nothing_that_a_stranger_wrote_is_shown() -> None:
    async with github_desk(is_locked_down=True) as desk:
        theirs = next(one.number for one in team.TICKETS if one.author == team.STRANGER)
        listed = await desk.ask("list_issues", repo=REPO, state="all")
        found = await desk.ask("search_issues", query="crash")
        assert theirs not in {one["number"] for one in listed["issues"]}
        assert listed["issues"]
        assert found["issues"] == []
        assert "may not push" in await desk.refusal("get_issue", issue=theirs, repo=REPO)

        made = await desk.ask("add_issue_comment", issue=1, repo=REPO, body="Ours.")
        desk.state.comments[1].append(
            {**desk.state.comments[1][0], "id": 1, "user": shapes.user(team.STRANGER)}
        )
        comments = await desk.ask("list_issue_comments", issue=1, repo=REPO)
        assert [one["comment_id"] for one in comments["comments"]] == [made["comment_id"]]

        desk.state.pulls[12]["user"] = shapes.user(team.STRANGER)
        for tool, more in (
            ("get_pull_request", {}),
            ("list_pull_request_files", {}),
            ("get_pull_request_diff", {"path": "ferry/timetable.py"}),
        ):
            await desk.refusal(tool, pull_request=12, repo=REPO, **more)
        await desk.refusal("get_file_content", repo=REPO, path="a", branch="refs/pull/12/head")
        with pytest.raises(MCPError, match="SOPHIA_GITHUB_LOCKDOWN"):
            await desk.client.call_tool("list_notifications", {})
        asked = [one.path for one in desk.recorder.seen if one.path.endswith("/permission")]
        assert len(asked) == len(set(asked))
