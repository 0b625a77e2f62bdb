"""One log per part: kept small, shown by name, never outside of the home."""

import os
from pathlib import Path

import pytest

from sophia.supervisor import logs
from sophia.supervisor.errors import LogMissingError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["nobody", "../secrets/pepper", "/etc/passwd", ""])
def test_an_unknown_log_is_refused_and_those_that_there_are_are_named(
    home: Path, name: str
) -> None:
    (home / "secrets").mkdir()
    (home / "secrets" / "pepper.log").write_text("secret")
    logs.path_of(home, "api").write_text("line\n")
    with pytest.raises(LogMissingError, match=r"there are api\."):
        logs.existing(home, name)


def test_a_log_is_for_its_owner_alone(home: Path) -> None:
    os.close(logs.open_for(logs.path_of(home, "api")))
    assert logs.path_of(home, "api").stat().st_mode & 0o777 == 0o600


def test_a_log_that_grew_too_large_is_emptied_under_its_writer(home: Path) -> None:
    path = logs.path_of(home, "api")
    descriptor = logs.open_for(path)
    os.write(descriptor, b"x" * (20 * 2**20 + 1))
    logs.keep_small(path)
    os.write(descriptor, b"next\n")
    os.close(descriptor)
    assert path.read_bytes() == b"next\n"
    assert path.with_name("api.log.1").stat().st_size > 20 * 2**20


def test_a_log_that_cannot_be_set_aside_is_emptied_all_the_same(home: Path) -> None:
    path = logs.path_of(home, "api")
    path.write_bytes(b"x" * (20 * 2**20 + 1))
    path.with_name("api.log.1").mkdir()
    logs.keep_small(path)
    assert path.stat().st_size == 0


def test_the_last_line_is_the_last_that_says_something(home: Path) -> None:
    path = logs.path_of(home, "api")
    path.write_text("before\n")
    offset = path.stat().st_size
    assert logs.last_line(path, after=offset) == ""
    with path.open("a") as file:
        file.write("why it ended\n\n  \n")
    assert logs.last_line(path, after=offset) == "why it ended"
    assert logs.tail(path, lines=1, after=0) == ["  "]
    assert logs.tail(home / "none", lines=5) == []
