"""How a vendor speaks HTTP: its headers, its limits, its way to say no."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, cast

import orjson

from sophia.kit.clock import Clock
from sophia.servers.vendor.errors import VendorError, VendorStrangeError

_TOO_MANY = 429
_MAX_WORDS_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a vendor answered; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body; raises VendorStrangeError."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise VendorStrangeError from error

    @property
    def text(self) -> str:
        """Give the body as words."""
        return self.body.decode(errors="replace")


def retry_after_s(answer: Answer, clock: Clock) -> float | None:
    """Say how long the vendor wants to be left alone by Retry-After, in seconds or as a date."""
    written = answer.headers.get("retry-after")
    if written is None:
        return None
    if written.strip().isdecimal():
        return float(written)
    try:
        at = parsedate_to_datetime(written)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - clock.now()).total_seconds())


def wait_by_status(answer: Answer, clock: Clock) -> float | None:
    """Give how long to wait where 429 means too many; None: this was no limit."""
    if answer.status != _TOO_MANY:
        return None
    asked = retry_after_s(answer, clock)
    return asked if asked is not None else 60.0


def words_of(answer: Answer) -> str:
    """Give what a vendor says in the usual places of an error."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    found = [text for text in _messages(said) if text]
    return "; ".join(dict.fromkeys(found))[:_MAX_WORDS_CHARS]


def _messages(said: Any) -> list[str]:
    if isinstance(said, str):
        return [said]
    if isinstance(said, list):
        return [text for one in cast("list[Any]", said) for text in _messages(one)]
    if not isinstance(said, dict):
        return []
    one = cast("dict[str, Any]", said)
    return [text for name in ("message", "error", "errors") for text in _messages(one.get(name))]


def no_hint(_answer: Answer) -> str:
    """Know nothing more."""
    return ""


def one_bucket(_path: str) -> str:
    """Count all requests against one limit."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What is particular to a vendor; Dialect(title="Asana", token_name="ASANA_ACCESS_TOKEN")."""

    title: str
    # The environment variable that errors name.
    token_name: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    # What an answer means as a status of HTTP; GraphQL refuses by 200 with errors in the body.
    status: Callable[[Answer], int] = lambda answer: answer.status
    # Gives how long to wait after a refusal by a rate limit, and None after anything else.
    wait_s: Callable[[Answer, Clock], float | None] = wait_by_status
    # Gives for how long nothing is left after a success; None: there is something left.
    empty_s: Callable[[Answer, Clock], float | None] = lambda _answer, _clock: None
    # Which of the vendor's limits a request counts against.
    bucket: Callable[[str], str] = one_bucket
    words: Callable[[Answer], str] = words_of
    # Gives the error that the vendor's own code of a refusal stands for; None: its status does.
    refused: Callable[[Answer], VendorError | None] = lambda _answer: None
    # Names the scope that a forbidden request needs, as a sentence.
    scope_hint: Callable[[Answer], str] = no_hint
