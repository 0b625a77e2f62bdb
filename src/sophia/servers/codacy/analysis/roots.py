"""Files inside the folders that the operator names, and no others."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sophia.servers.codacy.errors import (
    CodeTooLargeError,
    FileRefusedError,
    OutsideRootsError,
    RootsMissingError,
)


class Roots:
    """The folders, links resolved."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Take the folders as the operator wrote them."""
        self._folders = [folder.resolve() for folder in folders]

    def read(self, written: str, *, max_bytes: int) -> tuple[str, bytes]:
        """Give a file's path below its folder, and its bytes.

        Raises RootsMissingError, OutsideRootsError, FileRefusedError, CodeTooLargeError.
        """
        if not self._folders:
            raise RootsMissingError
        root, inside = self._found(written)
        try:
            opened = _open_below(root, inside)
        except (OSError, ValueError) as error:
            raise FileRefusedError(
                f"{written} cannot be read: name a file that there is in"
                f" {', '.join(map(str, self._folders))}."
            ) from error
        data = _read(opened, max_bytes + 1)
        if data is None:
            raise FileRefusedError(f"{written} is no file: name a file inside.")
        if len(data) > max_bytes:
            raise CodeTooLargeError(
                f"{written} has more than {max_bytes:,} bytes: pass a part of it to analyze_code."
            )
        return inside.as_posix(), data

    def _found(self, written: str) -> tuple[Path, Path]:
        """Resolve links and `..` first, then see where that is; a relative path is tried in each.

        What lies outside is never said to be there or not.
        """
        inside = list[tuple[Path, Path]]()
        for folder in self._folders:
            with suppress(OSError, ValueError, RuntimeError):
                resolved = (folder / written).resolve()
                inside += [
                    (root, resolved.relative_to(root))
                    for root in self._folders
                    if resolved.is_relative_to(root)
                ]
        if not inside:
            raise OutsideRootsError(
                f"{written[:200]} lies outside of {', '.join(map(str, self._folders))}: name a"
                " file inside, or pass its text to analyze_code."
            )
        there = (one for one in inside if one[0].joinpath(one[1]).is_file())
        return next(there, inside[0])


def _read(opened: int, max_bytes: int) -> bytes | None:
    """Give the beginning of a file, and close it; None: it is a folder, a pipe or the like."""
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        return None
    with os.fdopen(opened, "rb") as file:
        return file.read(max_bytes)


def _open_below(root: Path, inside: Path) -> int:
    """Open step by step and follow no link: what was resolved may have been replaced meanwhile."""
    *folders, name = inside.parts or (".",)
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            following = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = following
        # Not blocking: a pipe would have us wait for whoever writes into it.
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
