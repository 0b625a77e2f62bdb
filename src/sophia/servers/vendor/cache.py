"""Answers that a vendor may be asked to confirm instead of sending them again."""

from collections import OrderedDict

from sophia.servers.vendor.dialect import Answer

MAX_CACHE_BYTES = 8 * 1024 * 1024


class Answers:
    """The answers with an ETag, the longest unused forgotten first. Of one token only."""

    def __init__(self, *, max_bytes: int = MAX_CACHE_BYTES) -> None:
        """Begin empty."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Answer] = OrderedDict()

    def get(self, key: str) -> Answer | None:
        """Give what was answered last."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def keep(self, key: str, answer: Answer) -> None:
        """Keep an answer if it can be confirmed later."""
        self._drop(key)
        if "etag" not in answer.headers or len(answer.body) > self._max_bytes // 4:
            return
        self._kept[key] = answer
        self._bytes += len(answer.body)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._bytes = 0

    def _drop(self, key: str) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= len(dropped.body)
