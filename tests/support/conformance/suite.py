"""Runs the official conformance suite: against an address, and against a client of ours."""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
_NODE = HERE / "node_modules" / ".bin" / "node"
_SUITE = HERE / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
VERSIONS = ("2025-11-25", "2026-07-28")
_INSPECTOR = HERE / "node_modules" / "@modelcontextprotocol" / "inspector" / "clients" / "launcher"
_MESSENGER = HERE / "messenger.py"
_TIMEOUT_S = 300
_SEVERITY = ("", "SKIPPED", "INFO", "SUCCESS", "WARNING", "FAILURE")

# Needs nothing of a server but that it speaks the protocol.
FIXTURE_FREE = {
    "2025-11-25": (
        *("server-initialize", "ping", "server-session-lifecycle", "tools-list"),
        *("resources-list", "prompts-list", "dns-rebinding-protection"),
    ),
    "2026-07-28": (
        *("server-stateless", "tools-list", "resources-list", "prompts-list", "caching"),
        *("http-header-validation", "dns-rebinding-protection", "sep-2164-resource-not-found"),
    ),
}


# What its newest release runs and no score counts: extensions, and what came after the revision.
_EXTENSIONS = {
    *("auth/client-credentials-jwt", "auth/client-credentials-basic", "auth/dpop"),
    *("auth/dpop-nonce", "auth/enterprise-managed-authorization", "auth/wif-jwt-bearer"),
}
_UNSCORED = {
    "2025-11-25": {
        *("json-schema-2020-12", "server-sse-polling", "server-session-lifecycle"),
        *("json-schema-2020-12-preservation", *_EXTENSIONS),
    },
    "2026-07-28": {
        *("json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation"),
        *("json-schema-2020-12-preservation", *_EXTENSIONS),
    },
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a client is to do: reach the server at this URL."""

    name: str
    version: str
    url: str
    context: dict[str, Any]


type Client = Callable[[Scenario], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the suite found: the status of every check, by scenario and check."""

    version: str
    checks: dict[str, dict[str, str]]

    def scored(self) -> Self:
        """Keep what the revision's score counts."""
        kept = self.besides(_UNSCORED[self.version])
        return kept.only(name for name in kept.checks if not name.startswith("tasks-"))

    def besides(self, scenarios: Collection[str]) -> Self:
        """Leave some scenarios out."""
        return self.only(name for name in self.checks if name not in scenarios)

    def only(self, scenarios: Iterable[str]) -> Self:
        """Keep some scenarios; raises KeyError for one that was not run."""
        return replace(self, checks={name: self.checks[name] for name in scenarios})

    def without(self, checks: Collection[str]) -> Self:
        """Leave some checks out."""
        kept = {
            name: {check: one for check, one in found.items() if check not in checks}
            for name, found in self.checks.items()
        }
        return replace(self, checks=kept)

    def row(self, name: str) -> str:
        """Write it as a row of the reference's table."""
        statuses = [status for found in self.checks.values() for status in found.values()]
        counts = [len(self.checks), *map(statuses.count, ("SUCCESS", "WARNING", "FAILURE"))]
        return f"| {name} | {self.version} | {' | '.join(map(str, counts))} |"

    @property
    def failures(self) -> dict[str, list[str]]:
        """Name what failed, by scenario."""
        return self._with("FAILURE")

    @property
    def warnings(self) -> dict[str, list[str]]:
        """Name what is not as it should be, by scenario."""
        return self._with("WARNING")

    def _with(self, status: str) -> dict[str, list[str]]:
        found = {
            scenario: [check for check, had in checks.items() if had == status]
            for scenario, checks in self.checks.items()
        }
        return {scenario: checks for scenario, checks in found.items() if checks}


async def run(url: str, version: str) -> Outcome:
    """Run what a revision requires of a server, and what it does not score."""
    return await _run(version, "server", "--url", url)


async def run_client(client: Client, version: str) -> Outcome:
    """Run what a revision requires of a client, and what it does not score."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = json.loads(await reader.readline())
        scenario = Scenario(
            said["MCP_CONFORMANCE_SCENARIO"],
            said["MCP_CONFORMANCE_PROTOCOL_VERSION"],
            said["url"],
            json.loads(said.get("MCP_CONFORMANCE_CONTEXT", "{}")),
        )
        working = asyncio.ensure_future(client(scenario))
        await asyncio.wait({working})
        # Whether it may fail is the suite's to say.
        if (problem := working.exception()) is not None:
            writer.write(repr(problem).encode())
        writer.close()

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/socket"
        async with await asyncio.start_unix_server(answer, path):
            command = f"{sys.executable} -I -S {_MESSENGER} {path}"
            return await _run(version, "client", "--command", command, "--timeout", "60000")


async def inspect(url: str, version: str, *arguments: str) -> dict[str, Any]:
    """Give what the Inspector says on its command line; raises AssertionError when it fails."""
    era = "legacy" if version == VERSIONS[0] else "modern"
    with tempfile.TemporaryDirectory() as home:
        process = await asyncio.create_subprocess_exec(
            *(_NODE, _INSPECTOR / "build" / "index.js", "--cli", url, "--transport", "http"),
            *("--protocol-era", era, "--stored-auth-only", "--format", "json", *arguments),
            env={"NO_PROXY": "localhost,127.0.0.1", "HOME": home},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(_TIMEOUT_S):
            said, problem = await process.communicate()
    assert process.returncode == 0, problem.decode()
    return json.loads(said)


async def _run(version: str, *arguments: str) -> Outcome:
    if not (_NODE.exists() and _SUITE.exists()):
        raise RuntimeError("the suite is not installed: run `scripts/console conformance`")
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(_NODE, _SUITE, *arguments, "-o", folder, "--requirements", version),
            env={"NO_PROXY": "localhost,127.0.0.1", "HOME": folder},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Outcome(version, dict(_read(Path(folder))))


def _read(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for file in sorted(folder.rglob("checks.json")):
        # server-NAME-2026-11-23T16-40-31-228Z, or NAME-… with a slash in it
        place = str(file.parent.relative_to(folder)).removeprefix("server-")
        scenario = re.sub(r"-\d{4}-\d\d-\d\dT.*$", "", place)
        found: dict[str, str] = {}
        for check in json.loads(file.read_text()):
            worst = max(found.get(check["id"], ""), check["status"], key=_SEVERITY.index)
            found[check["id"]] = worst
        yield scenario, found
