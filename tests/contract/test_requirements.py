"""Each promise of the README is held by a test that exists."""

import ast
from pathlib import Path

import pytest

from tests.contract.requirements import PROMISES, Promise

ROOT = Path(__file__).resolve().parents[2]
README = " ".join((ROOT / "README.md").read_text().split())


def all_tests() -> set[str]:
    """Give the names of the tests there are."""
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.said[:40])
def test_a_promise_stands_in_the_readme_and_is_held_by_tests(promise: Promise) -> None:
    assert promise.said in README
    assert set(promise.tests) <= all_tests()
