"""How people write organisations, repositories and pull requests."""

import pytest

from sophia.servers.codacy.handles import numbered, owner_of, repository_of
from sophia.servers.vendor.errors import HandleError


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("gh/octo/hello", "gh/octo hello"),
        (" GL/octo/hello ", "gl/octo hello"),
        ("bitbucket/octo/hello", "bb/octo hello"),
        ("octo/hello", "None/octo hello"),
        ("hello", "None hello"),
        ("https://github.com/octo/hello.git", "gh/octo hello"),
        ("https://github.com/octo/hello/tree/main", "gh/octo hello"),
        ("https://gitlab.com/octo/hello", "gl/octo hello"),
        ("https://bitbucket.org/octo/hello/src", "bb/octo hello"),
        ("git@github.com:octo/hello.git", "gh/octo hello"),
        ("https://app.codacy.com/gh/octo/hello/dashboard", "gh/octo hello"),
        ("https://git.example.org/octo/hello", "None/octo hello"),
    ],
)
def test_a_repository_is_understood(written: str, expected: str) -> None:
    owner, name = repository_of(written)
    assert f"{owner} {name}" == expected


@pytest.mark.parametrize(
    "written", ["", "?", "a/b/c/d", "gh/octo/../x", "octo/..", "../hello", "gh/octo/he?llo", "/"]
)
def test_what_is_no_repository_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(HandleError, match="gh/owner/repo"):
        repository_of(written)


def test_an_organisation_is_understood() -> None:
    assert str(owner_of("gh/octo")) == "gh/octo"
    assert owner_of("octo").provider is None
    assert str(owner_of("https://gitlab.com/octo")) == "gl/octo"
    with pytest.raises(HandleError, match="gh/owner"):
        owner_of("gh/octo/hello")


@pytest.mark.parametrize(
    ("thing", "repo", "expected"),
    [
        (12, "gh/octo/hello", ("gh/octo/hello", 12)),
        ("#12", None, (None, 12)),
        ("gh/octo/hello#12", "other", ("gh/octo/hello", 12)),
        (
            "https://github.com/octo/hello/pull/12/files",
            None,
            ("https://github.com/octo/hello", 12),
        ),
        (
            "https://gitlab.com/octo/hello/-/merge_requests/12",
            None,
            ("https://gitlab.com/octo/hello", 12),
        ),
        (
            "https://app.codacy.com/gh/octo/hello/pull-requests/12/issues",
            None,
            ("https://app.codacy.com/gh/octo/hello", 12),
        ),
    ],
)
def test_a_pull_request_is_understood(
    thing: int | str, repo: str | None, expected: tuple[str | None, int]
) -> None:
    assert numbered(thing, repo) == expected


@pytest.mark.parametrize("thing", ["twelve", "#", "https://github.com/octo/hello", -1])
def test_what_is_no_pull_request_is_refused(thing: int | str) -> None:
    with pytest.raises(HandleError, match="names no pull request"):
        numbered(thing, "gh/octo/hello")
