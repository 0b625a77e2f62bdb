"""Finds blocks of lines that stand in a file twice.

A program of its own, in the standard library alone, because a child is bounded and a thread is not:

    python -I -S duplicates.py FILE

writes [{"line": 20, "first": 4, "lines": 9}, ...] in JSON. Lines are compared without their
indentation; empty ones and those without a letter or digit, such as `}`, neither count nor part.
"""

import json
import sys
from pathlib import Path

LEAST_LINES = 6
_LEAST_CHARS = 120  # six short imports are no duplicate

type Line = tuple[int, str]


def duplicates(text: str) -> list[dict[str, int]]:
    """Find blocks that repeat an earlier one, each as long as it goes."""
    lines = _telling(text)
    seen = dict[tuple[str, ...], int]()
    found = list[dict[str, int]]()
    at = 0
    while at + LEAST_LINES <= len(lines):
        block = tuple(words for _, words in lines[at : at + LEAST_LINES])
        first = seen.setdefault(block, at)
        length = _length(lines, first, at) if first + LEAST_LINES <= at else 0
        if sum(len(words) for _, words in lines[at : at + length]) < _LEAST_CHARS:
            at += 1
            continue
        found.append(
            {
                "line": lines[at][0],
                "first": lines[first][0],
                "lines": lines[at + length - 1][0] - lines[at][0] + 1,
            }
        )
        at += length
    return found


def _telling(text: str) -> list[Line]:
    stripped = ((number, " ".join(line.split())) for number, line in enumerate(text.split("\n"), 1))
    return [(number, words) for number, words in stripped if any(map(str.isalnum, words))]


def _length(lines: list[Line], first: int, again: int) -> int:
    """Count for how many lines two blocks are the same, without running into each other."""
    length = LEAST_LINES
    while (
        first + length < again
        and again + length < len(lines)
        and lines[first + length][1] == lines[again + length][1]
    ):
        length += 1
    return length


if __name__ == "__main__":
    sys.stdout.write(json.dumps(duplicates(Path(sys.argv[1]).read_text("utf-8", "replace"))))
