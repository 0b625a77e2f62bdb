"""How people write repositories, issues and pull requests."""

import pytest

from sophia.servers.github.handles import in_path, numbered, repository
from sophia.servers.vendor.errors import HandleError


@pytest.mark.parametrize(
    "written",
    [
        "octo/hello",
        " octo/hello ",
        "octo/hello.git",
        "https://github.com/octo/hello",
        "https://github.com/octo/hello.git",
        "https://github.com/octo/hello/tree/main/src",
        "git@github.com:octo/hello.git",
    ],
)
def test_a_repository_is_understood(written: str) -> None:
    assert str(repository(written)) == "octo/hello"


@pytest.mark.parametrize(
    "written", ["hello", "octo/", "a/b/c", "../hello", "octo/..", "octo/he llo", "octo/h?x=1"]
)
def test_what_is_no_repository_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(HandleError, match="owner/repo"):
        repository(written)


@pytest.mark.parametrize(
    ("thing", "repo"),
    [
        (12, "octo/hello"),
        ("12", "octo/hello"),
        ("#12", "octo/hello"),
        ("octo/hello#12", None),
        ("octo/hello#12", "other/one"),
        ("https://github.com/octo/hello/issues/12", None),
        ("https://github.com/octo/hello/pull/12/files", None),
    ],
)
def test_an_issue_is_understood(thing: int | str, repo: str | None) -> None:
    found, number = numbered(thing, repo)
    assert (str(found), number) == ("octo/hello", 12)


@pytest.mark.parametrize("thing", ["#", "twelve", "https://github.com/octo/hello", -1])
def test_what_is_no_issue_is_refused(thing: int | str) -> None:
    with pytest.raises(HandleError, match="names no"):
        numbered(thing, "octo/hello")


def test_a_number_without_a_repository_is_asked_for_one() -> None:
    with pytest.raises(HandleError, match="Give repo"):
        numbered("#12", None)


@pytest.mark.parametrize("path", ["../x", "a/../../b", "."])
def test_a_path_climbs_nowhere(path: str) -> None:
    with pytest.raises(HandleError):
        in_path(path)


def test_a_path_is_written_into_an_address() -> None:
    assert in_path("/a b/c?d#e") == "a%20b/c%3Fd%23e"
