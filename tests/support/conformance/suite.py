"""Runs the official conformance suite against an address."""

import asyncio
import json
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

HERE = Path(__file__).parent
_NODE = HERE / "node_modules" / ".bin" / "node"
_SUITE = HERE / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
VERSIONS = ("2025-11-25", "2026-07-28")
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
_UNSCORED = {
    "2025-11-25": {"json-schema-2020-12", "server-sse-polling", "server-session-lifecycle"},
    "2026-07-28": {
        *("json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation"),
    },
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the suite found: the status of every check, by scenario and check."""

    version: str
    checks: dict[str, dict[str, str]]

    def scored(self) -> Self:
        """Keep what the revision's score counts."""
        return self.only(
            name
            for name in self.checks
            if name not in _UNSCORED[self.version] and not name.startswith("tasks-")
        )

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
    """Run what a revision requires, and what it does not score."""
    if not (_NODE.exists() and _SUITE.exists()):
        raise RuntimeError("the suite is not installed: run `scripts/console conformance`")
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(_NODE, _SUITE, "server", "--url", url, "-o", folder, "--requirements", version),
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
    for file in sorted(folder.glob("*/checks.json")):
        # server-NAME-2026-11-23T16-40-31-228Z
        scenario = re.sub(r"-\d{4}-\d\d-\d\dT.*$", "", file.parent.name.removeprefix("server-"))
        found: dict[str, str] = {}
        for check in json.loads(file.read_text()):
            worst = max(found.get(check["id"], ""), check["status"], key=_SEVERITY.index)
            found[check["id"]] = worst
        yield scenario, found
