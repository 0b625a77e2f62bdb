"""Analysis of code on this machine, without an account."""

import os
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sophia.servers.codacy.analysis.analysers import ANALYSERS
from sophia.servers.codacy.analysis.duplicates import duplicates
from sophia.servers.codacy.analysis.findings import score
from sophia.servers.codacy.analysis.languages import language
from sophia.servers.codacy.analysis.workbench import MAX_BYTES, Workbench
from sophia.servers.vendor.brief import ANSWER_BYTES
from sophia.stdio_servers.command import Limits
from tests.support.codacy import Behind, Desk, codacy_served
from tests.support.vendor_desk import words_of

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


@pytest.fixture(scope="module", name="offline")
async def _offline() -> AsyncGenerator[Behind]:
    async with codacy_served(token=None) as behind:
        yield behind


def rules_of(analysis: dict[str, Any]) -> dict[str, str]:
    return {one["rule"]: one["severity"] for one in analysis["findings"]}


def states_of(analysis: dict[str, Any]) -> dict[str, str]:
    return {one["tool"]: one["state"] for one in analysis["analyzers"]}


@pytest.mark.parametrize("name", SAMPLES)
async def test_what_is_wrong_with_a_sample_is_found(offline: Behind, name: str) -> None:
    async with offline.desk() as desk:
        code, expected = SAMPLES[name]
        found = await desk.ask("analyze_code", code=code, language=name)
        assert expected.items() <= rules_of(found).items()
        assert set(states_of(found).values()) == {"ran"}
        assert found["score"] == score(found["counts"])
        order = ["critical", "high", "medium", "low"]
        places = [order.index(one["severity"]) for one in found["findings"]]
        assert places == sorted(places)


async def test_clean_code_has_the_full_score(offline: Behind) -> None:
    async with offline.desk() as desk:
        found = await desk.ask("analyze_code", code="echo\n", language="bash")
        assert (found["score"], found["findings"], found["next_cursor"]) == (100, [], None)


async def test_complexity_and_duplicates_are_found_and_paged(offline: Behind) -> None:
    async with offline.desk() as desk:
        code = f"def first(a):\n{BRANCHES}\n\n\ndef second(a):\n{BRANCHES}\n"
        asked: dict[str, Any] = {"code": code, "language": "python", "limit": 2}
        first = await desk.ask("analyze_code", **asked)
        second = await desk.ask("analyze_code", **asked, cursor=first["next_cursor"])
        found = [(one["rule"], one["line"]) for one in (*first["findings"], *second["findings"])]
        assert found == [("complexity-D", 1), ("complexity-D", 54), ("duplicate", 55)]
        assert (first["score"], second["next_cursor"]) == (85, None)


def test_a_duplicate_is_as_long_as_it_goes_and_names_the_first() -> None:
    block = "\n".join(f"    total += prices[{n}] * amounts[{n}]" for n in range(8))
    text = f"def one():\n{block}\n\n\ndef two():\n{block.replace('    ', '  ')}\n\n    return 1\n"
    assert duplicates(text) == [{"line": 13, "first": 2, "lines": 8}]
    imports = "".join(f"import {name}\n" for name in "abcdef")
    assert duplicates(f"{imports}x = 1\n{imports}") == []


async def test_sarif_says_the_same(offline: Behind) -> None:
    async with offline.desk() as desk:
        code = "rm $1\necho `ls`\n" + 2 * "".join(f"echo 'a line of many, {n}'\n" for n in range(8))
        plain = await desk.ask("analyze_code", code=code, language="shell")
        sarif = await desk.ask("analyze_code", code=code, language="shell", format="sarif")
        log = sarif["sarif"]
        assert (log["version"], sarif["findings"]) == ("2.1.0", [])
        assert [run["tool"]["driver"]["name"] for run in log["runs"]] == [
            "duplicates",
            "shellcheck",
        ]
        told = list[tuple[str, int]]()
        for run in log["runs"]:
            rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
            for result in run["results"]:
                assert rules[result["ruleIndex"]] == result["ruleId"]
                assert result["level"] in {"error", "warning", "note"}
                region = result["locations"][0]["physicalLocation"]["region"]
                told.append((result["ruleId"], region["startLine"]))
        assert sorted(told) == sorted((one["rule"], one["line"]) for one in plain["findings"])


@pytest.mark.parametrize("form", ["findings", "sarif"])
async def test_many_findings_are_given_in_parts_that_are_not_too_long(
    offline: Behind, form: str
) -> None:
    async with offline.desk() as desk:
        code = "".join(f"eval(name{n});\n" for n in range(400))
        asked: dict[str, Any] = {"code": code, "language": "js", "limit": 100, "format": form}
        result = await desk.client.call_tool("analyze_code", asked)
        assert not result.is_error
        assert len(words_of(result)) <= ANSWER_BYTES
        assert result.structured_content is not None
        assert sum(result.structured_content["counts"].values()) >= 400
        assert result.structured_content["next_cursor"]


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


# Each with its language, and which analysers can make nothing of it.
HOSTILE = {
    "a fork bomb": ("python", b"import os\nwhile True:\n    os.fork()\n", set[str]()),
    "parentheses without end": ("python", b"(" * 100_000, {"bandit", "radon"}),
    "one endless line": ("python", b"x = '" + b"a" * 900_000 + b"'\n", set[str]()),
    "no text": ("python", bytes(range(1, 256)) * 40, {"bandit", "radon"}),
    "braces without end": ("javascript", b"{" * 200_000, {"oxlint"}),
    "aliases of aliases": (
        "yaml",
        b"a0: &a0 [x, x]\n"
        + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 60)),
        set[str](),
    ),
    "shells in shells": ("shell", b"$(" * 3_000, set[str]()),
    "queries in queries": ("sql", b"select " + b"(select " * 2_000, set[str]()),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_code_is_read_and_nothing_more(name: str) -> None:
    written, code, at_a_loss = HOSTILE[name]
    _, runs = await Workbench().analyse(code, language(written))
    assert {run.tool for run in runs if run.state == "failed"} == at_a_loss
    assert all(run.note for run in runs if run.state == "failed")
    assert {run.tool for run in runs} == {
        one.name for one in ANALYSERS if language(written).kind in one.kinds
    }


async def test_an_analyser_that_takes_too_much_is_ended_and_told() -> None:
    limits = Limits(memory_bytes=1024 * 1024, has_network=False, stop_timeout_s=0.2)
    _, runs = await Workbench(limits=limits).analyse(b"x = 1\n", language("python"))
    assert {run.state for run in runs} == {"failed"}
    _, late = await Workbench(timeout_s=0.001).analyse(b"x = 1\n", language("python"))
    assert all(run.note and "too long" in run.note for run in late)


async def test_what_is_too_large_is_refused_before_anything_runs(offline: Behind) -> None:
    async with offline.desk() as desk:
        said = await desk.refusal("analyze_code", code="é" * (MAX_BYTES - 1), language="python")
        assert "pass a part of it" in said


@pytest.fixture(scope="module", name="root")
def _root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    above = tmp_path_factory.mktemp("above")
    root = above / "root"
    (root / "inside").mkdir(parents=True)
    (root / "inside" / "code.sh").write_text("rm $1\n")
    (root / "inside" / ".shellcheckrc").write_text("disable=all\n")
    (root / "latin.sh").write_bytes("echo 1\necho 'é'\n".encode("latin-1"))
    (root / "zero.sh").write_bytes(b"echo\0\n")
    (root / "large.sh").write_bytes(b"#" * 5_000_000)
    (above / "secret.sh").write_text("rm $1\n")
    (root / "way_out.sh").symlink_to(above / "secret.sh")
    (root / "way_round").symlink_to(above)
    (root / "way_in.sh").symlink_to(root / "inside" / "code.sh")
    os.mkfifo(root / "pipe.sh")
    return root


@pytest.fixture(scope="module", name="rooted")
async def _rooted(root: Path) -> AsyncGenerator[Behind]:
    async with codacy_served(root, token=None) as behind:
        yield behind


async def refusals(desk: Desk, *paths: str) -> list[str]:
    return [await desk.refusal("analyze_file", file_path=path) for path in paths]


async def test_files_inside_are_read_by_any_way_and_their_settings_are_not_heeded(
    rooted: Behind, root: Path
) -> None:
    async with rooted.desk() as files:
        whole = str(root / "inside" / "code.sh")
        for path in ("inside/code.sh", whole, "way_in.sh", "x/../inside/code.sh"):
            found = await files.ask("analyze_file", file_path=path)
            assert (found["file"], rules_of(found)) == ("inside/code.sh", {"SC2086": "low"})
        [finding] = (await files.ask("analyze_file", file_path="latin.sh"))["findings"]
        assert (finding["rule"], finding["line"]) == ("not-utf-8", 2)


async def test_nothing_outside_is_read_nor_told_to_be_there(rooted: Behind, root: Path) -> None:
    async with rooted.desk() as files:
        outside = (
            *("../secret.sh", str(root.parent / "secret.sh"), "way_out.sh", "way_round/secret.sh"),
            *("inside/../../secret.sh", "/etc/passwd", "/etc/no-such-file", "../nothing.sh"),
        )
        for path, said in zip(outside, await refusals(files, *outside), strict=True):
            assert "lies outside" in said, path
        assert await refusals(files, "a\0b.sh")


async def test_what_is_no_file_of_text_is_refused_for_what_it_is(rooted: Behind) -> None:
    async with rooted.desk() as files:
        expected = {
            "inside": "is no file",
            "pipe.sh": "is no file",
            "no.sh": "cannot be read",
            "zero.sh": "is no text",
            "large.sh": "more than 1,048,576 bytes",
        }
        said = await refusals(files, *expected)
        for words, one in zip(expected.values(), said, strict=True):
            assert words in one


async def test_without_folders_it_is_said_how_to_allow_some(offline: Behind) -> None:
    async with offline.desk() as desk:
        said = await desk.refusal("analyze_file", file_path="/etc/passwd")
        assert "SOPHIA_CODACY_ROOTS" in said
