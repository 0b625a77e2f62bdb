import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.kit.sse import SseParser

LINE_END = st.sampled_from([b"\n", b"\r\n", b"\r"])
TEXT = st.text(
    alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    lines = draw(
        st.lists(
            st.one_of(
                TEXT.map(lambda text: f"data: {text}"),
                TEXT.map(lambda text: f"data:{text}"),
                TEXT.map(lambda text: f": {text}"),
                st.sampled_from(["", "", "data", "event: delta", "id: 7", "retry: 3", "nonsense"]),
            ),
            max_size=15,
        )
    )
    return b"".join(line.encode() + draw(LINE_END) for line in lines)


def parse(reads: list[bytes], parser: SseParser | None = None) -> list[bytes]:
    parser = parser or SseParser()
    events = [event for read in reads for event in parser.feed(read)]
    return events + parser.flush()


def split(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in itertools.pairwise(edges)]


@given(streams(), st.lists(st.integers(min_value=0), max_size=8))
def test_any_split_of_the_bytes_gives_the_same_events(stream: bytes, places: list[int]) -> None:
    assert parse(split(stream, places)) == parse([stream])


@given(streams())
def test_bytes_one_by_one_give_the_same_events(stream: bytes) -> None:
    assert parse([bytes([byte]) for byte in stream]) == parse([stream])


@given(st.lists(TEXT.filter(bool), max_size=6), LINE_END)
def test_every_event_that_is_sent_is_given(texts: list[str], end: bytes) -> None:
    stream = b"".join(b"data: " + text.encode() + end + end for text in texts)
    assert parse([stream]) == [text.encode() for text in texts]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\r\n\r\n", [b"a"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b": keep-alive\n\ndata: a\n\n", [b"a"]),
        (b"event: ping\ndata: a\nid: 1\nretry: 5\n\n", [b"a"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"data:\n\ndata\n\ndata: a\n\n", [b"a"]),
        (b"data: a", [b"a"]),
        ("data: a\u2028b\n\n".encode(), ["a\u2028b".encode()]),
        (b"", []),
        (b"\n\n\n", []),
    ],
)
def test_events_are_read_as_the_standard_says(stream: bytes, events: list[bytes]) -> None:
    assert parse([stream]) == events


def test_a_character_split_between_two_reads_is_whole_again() -> None:
    stream = "data: naïve 🦉\n\n".encode()
    assert parse([stream[:9], stream[9:15], stream[15:]]) == ["naïve 🦉".encode()]


@pytest.mark.parametrize("size", [1, 7, 64, 5000])
def test_a_line_over_the_cap_ends_the_stream_however_it_arrives(size: int) -> None:
    parser = SseParser(max_line_bytes=100)
    stream = b"data: first\n\ndata: " + b"x" * 200 + b"\n\ndata: never\n\n"
    reads = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert parse(reads, parser) == [b"first"]
    assert parser.failure is not None
    assert "longer than 100 bytes" in parser.failure


def test_many_lines_of_one_event_count_together_against_the_cap() -> None:
    parser = SseParser(max_line_bytes=100)
    assert parse([b"data: 0123456789\n" * 20, b"\n"], parser) == []
    assert parser.failure is not None


def test_a_line_at_the_cap_passes() -> None:
    parser = SseParser(max_line_bytes=100)
    assert parse([b"data: " + b"x" * 94 + b"\n\n"], parser) == [b"x" * 94]
    assert parser.failure is None
