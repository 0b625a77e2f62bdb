"""The analysers: for what, how they are called, how their answer is read."""

import importlib.util
import shutil
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sophia.servers.codacy.analysis import duplicates, reports
from sophia.servers.codacy.analysis.findings import Finding
from sophia.servers.codacy.analysis.languages import Language
from sophia.stdio_servers.command import SYSTEM_PATH

# Of ruff's rules those about what is wrong or costs; bandit looks after security.
_RUFF_RULES = "E4,E7,E9,F,B,PLE,ASYNC,PERF"
_YAML_RULES = (
    "{extends: default, rules: {document-start: disable, line-length: disable,"
    " truthy: {check-keys: false}}}"
)
_EVERY = frozenset({"python", "javascript", "yaml", "dockerfile", "shell", "sql"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyser:
    """A program that knows a kind of code.

    It is given the text in a file of a folder of its own, and is told to heed no configuration
    that lies about: whoever wrote the code does not choose what is looked for.
    """

    name: str
    kinds: frozenset[str]
    # `{file}` and `{dialect}` are filled in.
    arguments: tuple[str, ...]
    read: Callable[[bytes], list[Finding]]
    # Run as `python -m`; else a program of this environment or of the system.
    is_module: bool = False
    # How to get it; what Sophia always comes with needs no telling.
    install: str = "pip install 'sophia-ai[analysers]'"

    def command(self, language: Language) -> list[str] | None:
        """Give its command line; None: it is not installed."""
        known = {"{file}": language.file, "{dialect}": language.dialect}
        filled = [known.get(part, part) for part in self.arguments]
        if self.is_module:
            there = importlib.util.find_spec(self.name) is not None
            return [sys.executable, "-I", "-m", self.name, *filled] if there else None
        if self.name == "duplicates":
            return [sys.executable, "-I", "-S", str(Path(duplicates.__file__)), *filled]
        program = shutil.which(self.name, path=f"{sysconfig.get_path('scripts')}:{SYSTEM_PATH}")
        return [program, *filled] if program else None


ANALYSERS = (
    Analyser(
        name="ruff",
        kinds=frozenset({"python"}),
        arguments=(
            *("check", "--isolated", "--no-cache", "--output-format", "json"),
            *("--select", _RUFF_RULES, "{file}"),
        ),
        read=reports.read_ruff,
    ),
    Analyser(
        name="bandit",
        kinds=frozenset({"python"}),
        arguments=("--quiet", "--exit-zero", "--format", "json", "{file}"),
        read=reports.read_bandit,
        is_module=True,
    ),
    Analyser(
        name="radon",
        kinds=frozenset({"python"}),
        arguments=("cc", "--json", "--min", "C", "{file}"),
        read=reports.read_radon,
        is_module=True,
    ),
    Analyser(
        name="oxlint",
        kinds=frozenset({"javascript"}),
        arguments=(
            *("--format", "json", "--threads", "1", "-W", "suspicious", "-W", "perf"),
            *("--no-ignore", "{file}"),
        ),
        read=reports.read_oxlint,
    ),
    Analyser(
        name="yamllint",
        kinds=frozenset({"yaml"}),
        arguments=("-f", "parsable", "-d", _YAML_RULES, "{file}"),
        read=reports.read_yamllint,
        is_module=True,
    ),
    Analyser(
        name="hadolint",
        kinds=frozenset({"dockerfile"}),
        arguments=("--format", "json", "--no-fail", "{file}"),
        read=reports.read_hadolint,
    ),
    Analyser(
        name="shellcheck",
        kinds=frozenset({"shell"}),
        # Without a #! line it is taken for bash.
        arguments=("--format", "json1", "--norc", "--exclude", "SC2148", "{file}"),
        read=reports.read_shellcheck,
    ),
    Analyser(
        name="sqruff",
        kinds=frozenset({"sql"}),
        arguments=(
            *("lint", "--quiet", "--format", "json", "--parsing-errors"),
            # Templates, which could load code, are switched on by configuration alone.
            *("--ignore-local-config", "--library-path", "none", "--dialect", "{dialect}"),
            "{file}",
        ),
        read=reports.read_sqruff,
    ),
    Analyser(
        name="duplicates",
        kinds=_EVERY,
        arguments=("{file}",),
        read=reports.read_duplicates,
    ),
)
