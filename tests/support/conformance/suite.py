"""Runs the official conformance suite against an address."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_NODE = HERE / "node_modules" / ".bin" / "node"
_SUITE = HERE / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
VERSIONS = ("2025-11-25", "2026-07-28")
_TIMEOUT_S = 300

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the suite found: the status of every check, by scenario and check."""

    checks: dict[str, dict[str, str]]

    @property
    def failures(self) -> dict[str, list[str]]:
        """Name what failed, by scenario."""
        failed = {
            scenario: [check for check, status in found.items() if status == "FAILURE"]
            for scenario, found in self.checks.items()
        }
        return {scenario: checks for scenario, checks in failed.items() if checks}

    def count(self, status: str) -> int:
        """Count the checks of one status."""
        return sum(list(found.values()).count(status) for found in self.checks.values())


def is_installed() -> bool:
    """Say whether `scripts/console conformance` was run."""
    return _NODE.exists() and _SUITE.exists()
