"""What is not to be kept: secrets, and personal data where an operator wants that.

Secrets are known by their shape, and by their entropy where a shape alone would take examples such
as `ghp_xxxxxxxx` for one. Nothing here knows them all: what it misses is kept like any other text.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sophia.memory.errors import NotToBeKeptError

type Treatment = Literal["refuse", "redact", "keep"]

_LEAST_BITS = 3.0
_LEAST_KINDS = 2
_DOUBLE = 9
_PHONE_DIGITS = range(8, 18)


@dataclass(frozen=True, slots=True)
class Screen:
    """What becomes of texts that hold secrets, and of those that hold personal data."""

    secrets: Treatment = "redact"
    personal_data: Treatment = "keep"


PLAIN_SCREEN = Screen()


@dataclass(frozen=True, slots=True)
class _Shape:
    """What one kind of find looks like; the group called `value` is what is taken out."""

    name: str
    pattern: re.Pattern[str]
    is_real: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Find:
    """Where something stands in a text that is not to be kept there."""

    name: str
    start: int
    end: int


def entropy_bits(text: str) -> float:
    """Give the entropy of a text's characters, in bits for each."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def passes_luhn(digits: str) -> bool:
    """Say whether the last digit checks the others, as card numbers have it."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number - _DOUBLE if number > _DOUBLE else number for number in doubled) % 10 == 0


def _is_random(value: str) -> bool:
    return entropy_bits(value) >= _LEAST_BITS


def _is_mixed(value: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return _is_random(value) and sum(any(map(kind, value)) for kind in kinds) >= _LEAST_KINDS


def _is_card(value: str) -> bool:
    return passes_luhn(re.sub(r"\D", "", value))


def _is_phone(value: str) -> bool:
    return len(re.sub(r"\D", "", value)) in _PHONE_DIGITS


def _is_there(_value: str) -> bool:
    return True


def _shapes(
    listed: Sequence[tuple[str, str, Callable[[str], bool]]],
) -> tuple[_Shape, ...]:
    return tuple(_Shape(name, re.compile(pattern), is_real) for name, pattern, is_real in listed)


_SECRETS = _shapes(
    [
        (
            "private key",
            (
                r"(?P<value>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
                r"[\s\S]*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z))"
            ),
            _is_there,
        ),
        ("AWS key", r"\b(?P<value>(?:AKIA|ASIA)[A-Z0-9]{16})\b", _is_random),
        ("GitHub token", r"\b(?P<value>gh[pousr]_[A-Za-z0-9]{36,255})\b", _is_random),
        ("GitHub token", r"\b(?P<value>github_pat_\w{22,255})\b", _is_random),
        ("GitLab token", r"\b(?P<value>glpat-[\w-]{20,64})", _is_random),
        ("Slack token", r"\b(?P<value>xox[abeoprs]-[A-Za-z0-9-]{10,250})", _is_random),
        ("API key", r"\b(?P<value>sk-[\w-]{20,250})", _is_mixed),
        ("API key", r"\b(?P<value>(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250})\b", _is_random),
        ("API key", r"\b(?P<value>sophia_live_[\w-]{16,250})", _is_random),
        ("Google key", r"\b(?P<value>AIza[\w-]{35})(?![\w-])", _is_random),
        ("npm token", r"\b(?P<value>npm_[A-Za-z0-9]{36})\b", _is_random),
        ("PyPI token", r"\b(?P<value>pypi-[\w-]{50,250})", _is_random),
        ("Hugging Face token", r"\b(?P<value>hf_[A-Za-z0-9]{30,100})\b", _is_random),
        ("Linear key", r"\b(?P<value>lin_(?:api|oauth)_[A-Za-z0-9]{32,100})\b", _is_random),
        (
            "signed token",
            r"\b(?P<value>eyJ[\w-]{8,2000}\.eyJ[\w-]{8,6000}\.[\w-]{16,2000})",
            _is_random,
        ),
        (
            "password in a URL",
            r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:(?P<value>[^\s/@]{4,200})@",
            _is_there,
        ),
        (
            "password",
            (
                r"(?i)(?:password|passwd|secret|token|api[_-]?key)[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
                r"(?P<value>[^\s\"',;]{12,200})"
            ),
            _is_mixed,
        ),
        (
            "card number",
            (
                r"(?<![\d.-])(?P<value>(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)"
                r"(?:[ -]?\d{4}){3}|3[47]\d\d[ -]?\d{6}[ -]?\d{5})(?![\d-])"
            ),
            _is_card,
        ),
    ]
)
_PERSONAL = _shapes(
    [
        (
            "e-mail address",
            r"(?P<value>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b)",
            _is_there,
        ),
        (
            "phone number",
            r"(?<!\w)(?P<value>(?:\+|00)\d[\d ()./-]{6,20}\d|\(\d{3}\) ?\d{3}-\d{4})(?!\w)",
            _is_phone,
        ),
    ]
)


def secrets_in(text: str) -> list[Find]:
    """Give the secrets in a text, in their order, none inside another."""
    return _outermost(_finds(text, _SECRETS))


def personal_data_in(text: str) -> list[Find]:
    """Give the e-mail addresses and phone numbers in a text."""
    return _outermost(_finds(text, _PERSONAL))


class Screening:
    """Takes out of what is to be stored what is not to be kept, and notes what it was.

    Raises NotToBeKeptError where that is to be refused.
    """

    def __init__(self, screen: Screen) -> None:
        """Begin with nothing found."""
        self._screen = screen
        self.redacted: list[str] = []

    def optional(self, text: str | None) -> str | None:
        """Give a text without it, if there is one."""
        return None if text is None else self.text(text)

    def text(self, text: str) -> str:
        """Give a text without it."""
        kept = text
        for treatment, find in (
            (self._screen.secrets, secrets_in),
            (self._screen.personal_data, personal_data_in),
        ):
            finds = find(kept) if treatment != "keep" else []
            if finds and treatment == "refuse":
                raise NotToBeKeptError(
                    f"Not stored: it holds a {finds[0].name}. Leave it out, and keep it where"
                    " secrets belong."
                )
            kept = self._without(kept, finds)
        return kept

    def json(self, value: Any) -> Any:
        """Give a JSON value whose texts are without it, however deep they stand."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            pairs = cast("dict[str, Any]", value).items()
            return {self.text(key): self.json(one) for key, one in pairs}
        if isinstance(value, list):
            return [self.json(one) for one in cast("list[Any]", value)]
        return value

    def _without(self, text: str, finds: Sequence[Find]) -> str:
        for find in reversed(finds):
            text = f"{text[: find.start]}[{find.name} removed]{text[find.end :]}"
        self.redacted += [find.name for find in finds if find.name not in self.redacted]
        return text


def _finds(text: str, shapes: Sequence[_Shape]) -> Iterator[Find]:
    for shape in shapes:
        for match in shape.pattern.finditer(text):
            if shape.is_real(match["value"]):
                yield Find(shape.name, *match.span("value"))


def _outermost(finds: Iterator[Find]) -> list[Find]:
    kept: list[Find] = []
    for find in sorted(finds, key=lambda one: (one.start, -one.end)):
        if not kept or find.start >= kept[-1].end:
            kept.append(find)
    return kept
