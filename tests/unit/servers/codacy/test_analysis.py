"""Analysis of code on this machine, without an account."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sophia.servers.codacy.analysis.analysers import ANALYSERS
from sophia.servers.codacy.analysis.duplicates import duplicates
from sophia.servers.codacy.analysis.findings import score
from sophia.servers.codacy.analysis.languages import language
from sophia.servers.codacy.analysis.workbench import MAX_BYTES, Workbench
from sophia.stdio_servers.command import Limits
from tests.support.codacy import Desk, codacy_desk

PYTHON = """\
import os
import subprocess


def run(command, seen=[]):
    subprocess.run(command, shell=True)
    return seen + missing
"""
BRANCHES = "\n".join(f"    if a == {n}:\n        return {n}" for n in range(25))
SAMPLES = {
    "python": (PYTHON, {"F401": "low", "F821": "high", "B006": "medium", "B602": "critical"}),
    "javascript": ("var x = 1;\neval(x);\ndebugger;\n", {"no-eval": "high"}),
    "typescript": ("const x: number = {{{", {"syntax": "high"}),
    "yaml": ("a: 1\na: 2\n", {"key-duplicates": "medium"}),
    "dockerfile": ("FROM ubuntu\nRUN cd /tmp\n", {"DL3006": "medium", "DL3003": "medium"}),
    "shell": ("#!/bin/sh\nrm $1\n", {"SC2086": "low"}),
    "sql": ("SELEC a frm;;(", {"unparsable": "medium"}),
}


def rules_of(analysis: dict[str, Any]) -> dict[str, str]:
    return {one["rule"]: one["severity"] for one in analysis["findings"]}


def states_of(analysis: dict[str, Any]) -> dict[str, str]:
    return {one["tool"]: one["state"] for one in analysis["analyzers"]}


@pytest.mark.parametrize("name", SAMPLES)
async def test_what_is_wrong_with_a_sample_is_found(name: str) -> None:
    code, expected = SAMPLES[name]
    async with codacy_desk(token=None) as desk:
        found = await desk.ask("analyze_code", code=code, language=name)
    assert expected.items() <= rules_of(found).items()
    assert set(states_of(found).values()) == {"ran"}
    assert found["score"] == score(found["counts"])
    order = ["critical", "high", "medium", "low"]
    places = [order.index(one["severity"]) for one in found["findings"]]
    assert places == sorted(places)


async def test_clean_code_has_the_full_score() -> None:
    async with codacy_desk(token=None) as desk:
        found = await desk.ask("analyze_code", code="x = 1\n", language="py")
    assert (found["score"], found["findings"], found["next_cursor"]) == (100, [], None)


async def test_complexity_and_duplicates_are_found_and_paged() -> None:
    code = f"def first(a):\n{BRANCHES}\n\n\ndef second(a):\n{BRANCHES}\n"
    async with codacy_desk(token=None) as desk:
        pages, cursor = list[dict[str, Any]](), None
        for _ in range(5):
            pages.append(
                await desk.ask("analyze_code", code=code, language="python", limit=1, cursor=cursor)
            )
            cursor = pages[-1]["next_cursor"]
            if cursor is None:
                break
    found = [(one["rule"], one["line"]) for page in pages for one in page["findings"]]
    assert found == [("complexity-D", 1), ("complexity-D", 54), ("duplicate", 55)]


def test_a_duplicate_is_as_long_as_it_goes_and_names_the_first() -> None:
    block = "\n".join(f"    total += prices[{n}] * amounts[{n}]" for n in range(8))
    text = f"def one():\n{block}\n\n\ndef two():\n{block.replace('    ', '  ')}\n\n    return 1\n"
    assert duplicates(text) == [{"line": 13, "first": 2, "lines": 8}]
    imports = "".join(f"import {name}\n" for name in "abcdef")
    assert duplicates(f"{imports}x = 1\n{imports}") == []


async def test_sarif_says_the_same() -> None:
    async with codacy_desk(token=None) as desk:
        plain = await desk.ask("analyze_code", code=PYTHON, language="python")
        sarif = await desk.ask("analyze_code", code=PYTHON, language="python", format="sarif")
    assert sarif["findings"] == []
    log = sarif["sarif"]
    assert log["version"] == "2.1.0"
    told = {
        (result["ruleId"], result["locations"][0]["physicalLocation"]["region"]["startLine"])
        for run in log["runs"]
        for result in run["results"]
    }
    assert told == {(one["rule"], one["line"]) for one in plain["findings"]}
    for run in log["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in {"error", "warning", "note"}


@pytest.mark.parametrize(
    "counts", [{"critical": 1}, {"high": 2, "low": 9}, {"critical": 4, "medium": 1}, {}]
)
def test_the_score_is_that_of_the_contract(counts: dict[str, int]) -> None:
    lost = 25 * counts.get("critical", 0) + 15 * counts.get("high", 0) + 5 * counts.get("medium", 0)
    assert score(counts) == max(0, 100 - lost)


async def test_an_analyser_that_is_not_installed_is_named() -> None:
    known = next(one for one in ANALYSERS if one.name == "shellcheck")
    nowhere = [replace(known, name="no-such-program"), replace(known, name="no_m", is_module=True)]
    _, runs = await Workbench(analysers=nowhere).analyse(b"echo $1\n", language("shell"))
    assert {run.tool: run.state for run in runs} == {
        "no-such-program": "not_installed",
        "no_m": "not_installed",
    }
    assert all(run.note and "sophia-ai[analysers]" in run.note for run in runs)


HOSTILE = {
    "a fork bomb": b"import os\nwhile True:\n    os.fork()\n",
    "parentheses without end": b"(" * 100_000,
    "lists in lists": b"[" * 20_000 + b"]" * 20_000,
    "one endless line": b"x = '" + b"a" * 900_000 + b"'\n",
    "no text": bytes(range(1, 256)) * 40,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_code_is_read_and_nothing_more(name: str) -> None:
    workbench = Workbench(timeout_s=8)
    _, runs = await workbench.analyse(HOSTILE[name], language("python"))
    assert {run.tool for run in runs} == {"ruff", "bandit", "radon", "duplicates"}
    for run in runs:
        assert run.state == "ran" or run.note


async def test_an_analyser_that_takes_too_much_is_ended_and_told() -> None:
    limits = Limits(memory_bytes=1024 * 1024, has_network=False, stop_timeout_s=0.2)
    _, runs = await Workbench(limits=limits).analyse(b"x = 1\n", language("python"))
    assert {run.state for run in runs} == {"failed"}
    _, late = await Workbench(timeout_s=0.001).analyse(b"x = 1\n", language("python"))
    assert all(run.note and "too long" in run.note for run in late)


async def test_what_is_too_large_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "large.py").write_bytes(b"#" * 5_000_000)
    async with codacy_desk(tmp_path, token=None) as desk:
        said = await desk.refusal("analyze_code", code="é" * (MAX_BYTES - 1), language="python")
        assert "pass a part of it" in said
        said = await desk.refusal("analyze_file", file_path="large.py")
        assert "more than 1,048,576 bytes" in said


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (root / "inside" / "code.py").write_text("import os\n")
    (root / "latin.py").write_bytes("x = 1\ny = 'é'\n".encode("latin-1"))
    (root / "zero.py").write_bytes(b"x = 1\0\n")
    (tmp_path / "secret.py").write_text("import os\n")
    (root / "way_out.py").symlink_to(tmp_path / "secret.py")
    (root / "way_round").symlink_to(tmp_path)
    (root / "way_in.py").symlink_to(root / "inside" / "code.py")
    os.mkfifo(root / "pipe.py")
    return root


async def refusals(desk: Desk, *paths: str) -> list[str]:
    return [await desk.refusal("analyze_file", file_path=path) for path in paths]


async def test_files_inside_are_read_by_any_way(root: Path) -> None:
    async with codacy_desk(root, token=None) as desk:
        whole = str(root / "inside" / "code.py")
        for path in ("inside/code.py", whole, "way_in.py", "x/../inside/code.py"):
            found = await desk.ask("analyze_file", file_path=path)
            assert (found["file"], rules_of(found)) == ("inside/code.py", {"F401": "low"})
        latin = await desk.ask("analyze_file", file_path="latin.py")
    [finding] = latin["findings"]
    assert (finding["rule"], finding["line"]) == ("not-utf-8", 2)


async def test_nothing_outside_is_read_nor_told_to_be_there(root: Path, tmp_path: Path) -> None:
    outside = (
        *("../secret.py", str(tmp_path / "secret.py"), "way_out.py", "way_round/secret.py"),
        *("inside/../../secret.py", "/etc/passwd", "/etc/no-such-file", "../nothing.py"),
    )
    async with codacy_desk(root, token=None) as desk:
        for path, said in zip(outside, await refusals(desk, *outside), strict=True):
            assert "lies outside" in said, path
        assert await refusals(desk, "a\0b.py")
        for said in await refusals(desk, "inside", "pipe.py", "no.py", "zero.py"):
            assert "lies outside" not in said


async def test_without_folders_it_is_said_how_to_allow_some() -> None:
    async with codacy_desk(token=None) as desk:
        said = await desk.refusal("analyze_file", file_path="/etc/passwd")
    assert "SOPHIA_CODACY_ROOTS" in said


async def test_no_file_s_own_configuration_is_heeded(root: Path) -> None:
    (root / "ruff.toml").write_text("[lint]\nignore = ['F401']\n")
    async with codacy_desk(root, token=None) as desk:
        found = await desk.ask("analyze_file", file_path="inside/code.py")
    assert rules_of(found) == {"F401": "low"}
    assert json.dumps(found).count(str(root)) == 0
