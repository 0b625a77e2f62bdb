"""Where the servers' data lie: reachable for who runs them, found again, no mode opened for it."""

import os
import shutil
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sophia.embedded import home
from sophia.embedded.errors import HomeUnusableError
from sophia.embedded.launch import make_passable, make_readable

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Generator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def open_folder() -> Generator[Path]:
    """A folder that everybody may enter, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory(prefix="sophia-open-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def closed_home(tmp_path: Path) -> Generator[Path]:
    """A home in a folder of mode 700; what was put elsewhere for it is removed."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    yield folder / "home"
    for named in folder.rglob("data-folder"):
        shutil.rmtree(named.read_text())


def test_in_an_open_folder_the_data_lie_in_the_home(open_folder: Path) -> None:
    place = open_folder / "home"
    home.prepare(place)
    folder = home.data_folder(place, "postgres")
    assert folder == place / "postgres"
    assert mode_of(folder) == 0o700
    assert mode_of(place / "secrets") == 0o700
    assert mode_of(open_folder) == 0o755
    assert home.data_folder(place, "postgres") == folder


def test_in_a_closed_folder_they_lie_elsewhere_and_stay_there_when_the_home_moves(
    closed_home: Path,
) -> None:
    home.prepare(closed_home)
    modes = {folder: mode_of(folder) for folder in closed_home.parents}
    folder = home.data_folder(closed_home, "postgres")
    assert not folder.is_relative_to(closed_home)
    assert modes == {parent: mode_of(parent) for parent in modes}
    assert folder.stat().st_uid != 0
    moved = closed_home.with_name("moved")
    closed_home.rename(moved)
    assert home.data_folder(moved, "postgres") == folder


def test_a_home_that_is_made_anew_does_not_get_the_data_of_the_old_one(closed_home: Path) -> None:
    home.prepare(closed_home)
    old = home.data_folder(closed_home, "postgres")
    shutil.rmtree(closed_home)
    home.prepare(closed_home)
    assert home.data_folder(closed_home, "postgres") != old
    shutil.rmtree(old.parent)


def test_data_in_a_home_that_was_closed_later_are_not_passed_over(open_folder: Path) -> None:
    place = open_folder / "home"
    home.prepare(place)
    home.data_folder(place, "postgres")
    open_folder.chmod(0o700)
    with pytest.raises(HomeUnusableError, match="only root may enter"):
        home.data_folder(place, "postgres")
    assert mode_of(open_folder) == 0o700


def test_a_narrow_umask_closes_nothing_that_the_servers_must_enter(open_folder: Path) -> None:
    with umask(0o077):
        make_passable(open_folder / "one" / "two")
    assert mode_of(open_folder / "one") == 0o711
    assert mode_of(open_folder / "one" / "two") == 0o711
    assert mode_of(open_folder) == 0o755


def test_a_copy_of_programs_can_be_run_by_everybody(tmp_path: Path) -> None:
    with umask(0o077):
        folder = tmp_path / "programs"
        (folder / "bin").mkdir(parents=True)
        program, library = folder / "bin" / "server", folder / "library"
        for path in (program, library):
            path.touch()
        program.chmod(0o700)
        (folder / "link").symlink_to("/nowhere")
    make_readable(folder)
    assert [mode_of(path) for path in (folder / "bin", program, library)] == [0o755, 0o755, 0o644]
