from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sophia.cli.memory_file import Bookmark, MemoryFile, Place


def lines(count: int) -> bytes:
    return b"".join(
        orjson.dumps({"content": f"fact {number} é"}) + b"\n" for number in range(count)
    )


def read(file: MemoryFile, place: Place, bookmark: Bookmark) -> list[str]:
    """Read on from a place, keeping it behind every chunk, as the command does."""
    seen: list[str] = []
    for chunk in file.chunks(place):
        assert chunk.first_line == place.line + 1
        seen += [orjson.loads(line)["content"] for line in chunk.content.splitlines()]
        place.offset, place.line = chunk.offset, chunk.line
        bookmark.write(place)
    return seen


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(min_value=100, max_value=26_000), max_size=4).map(sorted))
def test_a_file_that_arrives_in_pieces_is_read_once_and_whole(
    tmp_path: Path, cuts: list[int]
) -> None:
    content = lines(1_100)
    path = tmp_path / "memories.jsonl"
    bookmark = Bookmark(tmp_path / "imports", path)
    bookmark.forget()
    seen: list[str] = []
    for cut in [*cuts, len(content)]:
        path.write_bytes(content[:cut])
        if MemoryFile(path).is_lines:
            seen += read(MemoryFile(path), bookmark.read(), bookmark)

    assert seen == [f"fact {number} é" for number in range(1_100)]


def test_a_last_line_without_its_end_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "memories.jsonl"
    bookmark = Bookmark(tmp_path / "imports", path)
    path.write_bytes(lines(2)[:-1])
    assert len(read(MemoryFile(path), bookmark.read(), bookmark)) == 2
    path.write_bytes(lines(3))

    assert read(MemoryFile(path), bookmark.read(), bookmark) == ["fact 2 é"]


def test_a_line_that_is_cut_off_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "memories.jsonl"
    path.write_bytes(lines(3)[:-5])
    file, bookmark = MemoryFile(path), Bookmark(tmp_path / "imports", path)

    assert len(read(file, bookmark.read(), bookmark)) == 2
    assert file.is_cut
    assert bookmark.read().line == 2


def test_another_file_under_the_same_name_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "memories.jsonl"
    path.write_bytes(lines(3))
    bookmark = Bookmark(tmp_path / "imports", path)
    read(MemoryFile(path), bookmark.read(), bookmark)
    assert list(MemoryFile(path).chunks(bookmark.read())) == []
    path.write_bytes(lines(5)[20:] + lines(5))

    assert bookmark.read() == Place()


@pytest.mark.parametrize("kept", [b"", b"{", b"[1]", b'{"unknown": 1}'])
def test_a_bookmark_that_is_none_is_the_beginning(tmp_path: Path, kept: bytes) -> None:
    path = tmp_path / "memories.jsonl"
    path.write_bytes(lines(3))
    bookmark = Bookmark(tmp_path / "imports", path)
    read(MemoryFile(path), bookmark.read(), bookmark)
    (written,) = (tmp_path / "imports").iterdir()
    written.write_bytes(kept)

    assert bookmark.read() == Place()


def test_an_export_of_others_is_read_by_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    said = [{"sender": "human", "text": f"word {number}"} for number in range(600)]
    path.write_bytes(
        orjson.dumps([{"uuid": "x", "chat_messages": said}, {"odd": 1}], option=orjson.OPT_INDENT_2)
    )
    file, bookmark = MemoryFile(path), Bookmark(tmp_path / "imports", path)
    half = next(file.chunks(Place()))
    rest = read(file, Place(offset=half.offset, line=half.line), bookmark)

    assert (file.is_lines, file.length, file.unreadable) == (False, 600, 1)
    assert rest == [f"word {number}" for number in range(500, 600)]
