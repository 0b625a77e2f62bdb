"""The last things that a server said beside the protocol."""

from collections import deque

_LINES = 200
_LINE_CHARS = 500


class Tail:
    """Keeps so many lines of so many characters, and nothing that a terminal would obey."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._begun = ""

    @property
    def lines(self) -> list[str]:
        """Give what is kept, the oldest first."""
        return [*self._lines, *([self._begun] if self._begun else [])]

    def add(self, said: bytes) -> None:
        """Take in whatever came, in pieces of any size."""
        *whole, begun = (self._begun + said.decode("utf-8", "replace")).split("\n")
        self._lines.extend(map(_plain, whole[-_LINES:]))
        self._begun = _plain(begun)


def _plain(line: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line[:_LINE_CHARS].rstrip())
