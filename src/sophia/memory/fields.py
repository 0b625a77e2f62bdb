"""The parts of memories, each with what it may be: texts, names, tags, times."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast, get_args

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter

MAX_CONTENT_BYTES = 32 * 1024
MAX_METADATA_BYTES = 8 * 1024
MAX_BATCH = 500
MAX_TAGS = 50
MAX_LIMIT = 50
MAX_QUERY_CHARS = 8_000
_NAME_CHARS, _TAG_CHARS = 200, 100

Category = Literal["general", "technical", "business", "personal", "project", "learning"]
CATEGORIES: tuple[str, ...] = get_args(Category)
Kind = Literal[
    "note",
    "fact",
    "decision",
    "preference",
    "procedure",
    "event",
    "message",
    "passage",
    "observation",
]
Trust = Literal["told", "learned", "imported", "untrusted"]
MAX_TTL_S = 100 * 365 * 86_400

# What no database stores, and no reader sees: C0 controls but tab and line ends, DELETE, halves of
# surrogate pairs.
_NUMBER = re.compile(r"\s*[-+]?[0-9.]+\s*")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _storable(value: Any) -> Any:
    """Leave out what cannot be stored, however deep it stands."""
    try:
        return _stripped(value)
    except RecursionError as error:
        raise ValueError("is nested too deep") from error


def _stripped(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return {_stripped(key): _stripped(one) for key, one in pairs}
    if isinstance(value, list):
        return [_stripped(one) for one in cast("list[Any]", value)]
    return value


def _no_longer_than(max_chars: int) -> BeforeValidator:
    """Bound a text as it was sent: what is left out of it counts too, as its schema says."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and len(value) > max_chars:
            raise ValueError(f"is {len(value):,} characters long: {max_chars:,} are the most")
        return value

    return BeforeValidator(check)


def _not_blank(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise ValueError("is empty: write what is meant")
    return stripped


def _bounded_content(text: str) -> str:
    size = len(text.encode())
    if size > MAX_CONTENT_BYTES:
        raise ValueError(
            f"is {size:,} bytes long and at most {MAX_CONTENT_BYTES:,} are kept:"
            " split it into several memories"
        )
    return text


def _bounded_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(metadata))
    except TypeError as error:
        raise ValueError("cannot be stored: numbers must fit 64 bits, depth 200") from error
    if size > MAX_METADATA_BYTES:
        raise ValueError(
            f"is {size:,} bytes of JSON and at most {MAX_METADATA_BYTES:,} are kept:"
            " put long texts into the content"
        )
    return metadata


def _distinct(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError("is a number: say true or false")  # noqa: TRY004 - pydantic's own word
    return value


def no_flag(value: Any) -> Any:
    """Refuse yes and no where a number is wanted; behind the field's bounds, or they are lost."""
    if isinstance(value, bool):
        raise ValueError("is a yes or no: give a number")  # noqa: TRY004 - pydantic's own word
    return value


def _written_out(value: Any) -> Any:
    is_number = isinstance(value, int | float)
    if is_number or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("is a number: write an ISO 8601 date and time")
    return value


def _in_utc(moment: datetime) -> datetime:
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return zoned.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside of the years 1 to 9999") from error


Content = Annotated[
    str,
    BeforeValidator(_storable),
    AfterValidator(_not_blank),
    AfterValidator(_bounded_content),
    Field(min_length=1, description="The text, kept word for word."),
]
Query = Annotated[
    str,
    BeforeValidator(_storable),
    Field(min_length=1, max_length=MAX_QUERY_CHARS, description="A question, or words to find."),
    AfterValidator(_not_blank),
    _no_longer_than(MAX_QUERY_CHARS),
]
Name = Annotated[
    str,
    BeforeValidator(_storable),
    Field(min_length=1, max_length=_NAME_CHARS),
    AfterValidator(_not_blank),
    _no_longer_than(_NAME_CHARS),
]
Tag = Annotated[
    str,
    BeforeValidator(_storable),
    Field(min_length=1, max_length=_TAG_CHARS),
    AfterValidator(_not_blank),
    _no_longer_than(_TAG_CHARS),
]
Scope = Annotated[
    str,
    BeforeValidator(_storable),
    Field(
        max_length=200,
        description="org, team:NAME, or a namespace of your own (agent:NAME, conversation:ID).",
    ),
]
Tags = Annotated[
    list[Tag],
    Field(max_length=MAX_TAGS),
    AfterValidator(_distinct),
]
YesNo = Annotated[bool, BeforeValidator(_no_number)]
Metadata = Annotated[dict[str, Any], BeforeValidator(_storable), AfterValidator(_bounded_metadata)]
SearchLimit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(no_flag)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(no_flag)]
Moment = Annotated[
    datetime,
    BeforeValidator(_written_out),
    AfterValidator(_in_utc),
    Field(description="ISO 8601; UTC unless it says."),
]

TtlSeconds = Annotated[
    int,
    Field(ge=1, le=MAX_TTL_S, description="Seconds until it is let go of by itself."),
    BeforeValidator(no_flag),
]

# Of metadata, in which a number may be a time, too.
MOMENT: TypeAdapter[datetime] = TypeAdapter(Annotated[datetime, AfterValidator(_in_utc)])
