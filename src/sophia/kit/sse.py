"""Server-sent events (WHATWG HTML, section 9.2), read incrementally from bytes as they arrive.

Only the data of events is given: who sends them here repeats an event's name inside of it. Lines
are cut on bytes, so that a character split between two reads is whole again before anybody decodes
it.
"""

MAX_LINE_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_LF = 0x0A
_CR = 0x0D


class SseParser:
    """Turns reads of any size into the data of whole events."""

    def __init__(self, *, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        """Start at the beginning of a stream."""
        self._max_line_bytes = max_line_bytes
        self._pieces: list[bytes] = []  # of a line whose end has not arrived
        self._pending_bytes = 0
        self._data: list[bytes] = []  # lines of an event whose end has not arrived
        self._data_bytes = 0
        self._skips_lf = False  # the last read ended in CR: an LF next belongs to it
        self._is_first_line = True
        self.failure: str | None = None

    def feed(self, read: bytes) -> list[bytes]:
        """Give the data of every event that this read completes.

        One that is too long ends the stream: `failure` is set, and what came before is given.
        """
        if self._skips_lf and read:
            self._skips_lf = False
            read = read.removeprefix(b"\n")
        if not read or self.failure is not None:
            return []
        lines = read.splitlines()  # on bytes: at LF, CR and CRLF only
        last = read[-1]
        self._skips_lf = last == _CR
        tail = None if last in {_LF, _CR} else lines.pop()
        events: list[bytes] = []
        for line in lines:
            whole = self._joined(line) if self._pieces else line
            if self.failure is None:
                self._take_line(whole, events)
        if tail is not None and self.failure is None:
            self._hold(tail)
        return events

    def flush(self) -> list[bytes]:
        """Give what the end of the stream left without its blank line."""
        if self.failure is not None:
            return []
        events: list[bytes] = []
        self._take_line(self._joined(b""), events)
        self._take_line(b"", events)
        return events

    def _hold(self, tail: bytes) -> None:
        self._pieces.append(tail)
        self._pending_bytes += len(tail)
        if self._pending_bytes > self._max_line_bytes:
            self._fail()

    def _joined(self, line: bytes) -> bytes:
        self._pieces.append(line)
        whole = b"".join(self._pieces)
        self._pieces = []
        self._pending_bytes = 0
        return whole

    def _take_line(self, line: bytes, events: list[bytes]) -> None:
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BOM)
        if len(line) > self._max_line_bytes:
            self._fail()
        elif not line:
            if self._data:
                self._dispatch(events)
        elif line.startswith(b"data:"):
            self._take_data(line[6:] if line[5:6] == b" " else line[5:])
        elif line == b"data":
            self._take_data(b"")

    def _dispatch(self, events: list[bytes]) -> None:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        if data:  # an empty one only keeps the line open
            events.append(data)
        self._data = []
        self._data_bytes = 0

    def _take_data(self, value: bytes) -> None:
        self._data.append(value)
        self._data_bytes += len(value) + 1
        if self._data_bytes > self._max_line_bytes:
            self._fail()

    def _fail(self) -> None:
        self.failure = f"sent a line longer than {self._max_line_bytes} bytes"
        self._pieces = []
        self._data = []
