"""Recognising an argument in a sentence by what it looks like."""

import re
from datetime import date
from functools import lru_cache

from sophia.core.messages import Json
from sophia.llm.builtin import dates, words
from sophia.llm.builtin.remainder import Remainder
from sophia.llm.builtin.schema import Property

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_EMAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
_URL = r"https?://[^\s<>\"')]{1,2000}"
_FILE = r"(?:[\w.-]{1,100}/){0,20}[\w-]{0,100}\.[A-Za-z]\w{0,4}\b"
_IS_FILE = r"\S{1,200}\.(?:py|js|ts|tsx|md|txt|json|ya?ml|toml|go|rs|java|c|h|sh|html|css)\b"
_REPO = rf"(?<![\w/.@-])(?!{_IS_FILE})[A-Za-z0-9][\w-]{{0,38}}/[\w.-]{{0,99}}[\w-](?![\w/])"
_SLUG = r"(?<![\w/.@-])[A-Za-z0-9][\w-]{0,38}/[\w.-]{0,100}"
_CODED = r"\b[A-Z][A-Z0-9]{0,9}-\d{1,9}\b"
_LANGUAGES = "python|javascript|typescript|java|go|ruby|php|rust|kotlin|swift|bash|sql|html|css"
_COLOURS = (
    "black|white|red|green|blue|yellow|orange|purple|pink|grey|gray|brown|teal|cyan|magenta"
    "|navy|indigo|violet|gold|silver|turquoise|maroon|olive"
)
_TO_END = r"(?=\s+(?:with|in|on|for|due|assigned|and|to)\b|[,;\n]|[.?!]?\s*$)"

IMPLIED = (
    (_CODED, "issue"),
    (_FILE, "file"),
    (r"\bgpu_\w", "instance type"),
    (r"(?i:how many memor)", "stats"),
)

_TO_LABELS = r"([\s\S]+?)(?=(?:,| and| with) labels?\b|\s*$)"

# By the name of the argument: what it looks like anywhere in a sentence.
_SHAPES = (
    (r"repo(?:sitory)?$", rf"https?://github\.com/([\w.-]{{1,39}}/[\w.-]{{1,100}})|{_REPO}"),
    (r"path$", rf"(?<![\w@:/]){_FILE}"),
    (r"e?mail$", _EMAIL),
    (r"assignee$", rf"(?i:assign(?:ed)?(?: it)? to) @?(?!{_CODED})({_EMAIL}|\w[\w.-]*)"),
    (r"assignee$", rf"{_EMAIL}|(?<!\w)@(\w[\w.-]*)"),
    (r"ur[li]$|link$", _URL),
    (r"issue_id$", rf"{_CODED}|{_UUID}|#(\d{{1,9}})\b"),
    (r"^issue$|^pull_request$", rf"{_SLUG}#\d{{1,9}}|{_URL}|#(\d{{1,9}})\b"),
    (r"^issue$", r"(?i:\bissue) (\d{1,9})\b"),
    (r"^pull_request$", r"(?i:\b(?:pull request|pr)) (\d{1,9})\b"),
    (r"team(?:_key)?$", r"(?i:team) ([A-Z][A-Za-z0-9]{1,9})\b|\b(?:in|for|of) ([A-Z]{2,6})\b"),
    (r"instance_type$", r"\b[cg]pu_\w+"),
    (r"region$", r"\b[a-z]{2,12}-[a-z]{2,12}-\d\b"),
    (r"language$", rf"(?i:\b(?:{_LANGUAGES})\b)"),
    (r"colou?r", rf"(?i:(?:\bwith )?(?:\bcolou?r )?(#[0-9a-f]{{3,6}}|\b(?:{_COLOURS}))\b)"),
    (r"model$", r"(?i:model|using) ([\w./:-]*\d(?:[\w./:-]*\w)?)"),
    (r"branch$|ref$", r"(?i:branch|ref) ([\w./-]+)|(?:on|from) the ([\w./-]+) branch"),
    (r"style$", r"(?i:\b(?:in )?(?:an? )?([\w-]+) style\b)"),
    (r"org(?:anization)?$|workspace$", r"(?i:org(?:ani[sz]ation)?|workspace) (\w[\w.-]*)"),
)
# Texts of any kind, when the sentence says which one follows.
_PHRASES = (
    (r"name$|title$", rf"(?i:\b(?:titled|named|called|title|name) (.{{1,200}}?){_TO_END})"),
    (r"body$|description$", rf"(?i:\b(?:with )?(?:the |a )?(?:body|description) {_TO_LABELS})"),
)
_ID_NAME = re.compile(r"(?:^|_)(?:id|key|number|uuid)$")
_ID = (
    rf"{_UUID}|(?!{_CODED})\bi-[0-9a-z]{{2,40}}\b"
    rf"|(?<![\w-])(?!{_CODED})(?=[A-Za-z-]{{0,30}}\d)[A-Za-z0-9-]{{4,64}}\b|#\d{{1,9}}"
)
_BEFORE_DATE = re.compile(r"[,;]?\s{0,3}\b(?:due|by|on|until|before|for)\s{1,3}(?:on |by )?$")
_NUMBER = r"(\d{1,9}(?:\.\d{1,6})?)"
_UNITS = {
    "hours": {"hour": 1, "hr": 1, "h": 1, "day": 24, "week": 168, "month": 730},
    "days": {"day": 1, "week": 7, "month": 30, "year": 365},
    "minutes": {"minute": 1, "min": 1, "hour": 60},
}
_COUNT = re.compile(
    rf"(?i:\b(?:limit|top|first|last|at most|up to|only) {_NUMBER}\b(?! (?:hour|day|week|month)))"
)
_COUNT_NAMES = frozenset({"limit", "count", "max_results", "per_page", "page_size", "first"})
_CODE_IN_DESCRIPTION = re.compile(r"\b(\d)\s*[:=]?\s*([a-z]+)\b")
_MIN_CODES = 3


def is_shaped(wanted: Property) -> bool:
    """Say whether an argument has a look of its own, so that it is no place for any text."""
    names = (*(name for name, _ in _SHAPES), _ID_NAME.pattern)
    return any(re.search(name, wanted.name) for name in names)


def find_value(wanted: Property, rest: Remainder, *, today: date) -> Json:
    """Take an argument out of what is left of a sentence; None if it is not there."""
    if wanted.choices:
        return _choice(wanted, rest)
    match wanted.kind:
        case "boolean":
            return _flag(wanted, rest)
        case "integer" | "number":
            return _number(wanted, rest)
        case "array":
            return _list(wanted, rest)
        case "string" | "any":
            return _text(wanted, rest, today)
        case _:
            return None


def _choice(wanted: Property, rest: Remainder) -> Json:
    for choice in wanted.choices:
        said = str(choice)
        spoken = r"[ _-]".join(map(re.escape, re.split(r"[ _-]", said)))
        named = rf"\b{_noun(wanted)} {spoken}\b"
        has_only_few_letters = len(said) <= 2  # noqa: PLR2004 - "A" is a word and a WCAG level
        pattern = named if len(said) == 1 else rf"{named}|\b{spoken}\b"
        if rest.find(_compiled(pattern, is_exact=has_only_few_letters), is_weak=True):
            return choice
    return None


def _flag(wanted: Property, rest: Remainder) -> Json:
    noun = words.stem(wanted.name.removeprefix("is_").removeprefix("has_").split("_")[-1])
    pattern = _compiled(rf"\b(?:not |no |without |un|in)?{re.escape(noun)}\w*")
    said = rest.find(pattern, is_weak=True)
    return None if said is None else said.lower().startswith(noun)


def _number(wanted: Property, rest: Remainder) -> Json:
    named = rf"\b{_noun(wanted)}(?:[\s#\x00]|is|of|to){{0,16}}{_NUMBER}\b"
    if said := rest.find(_compiled(named)):
        return said
    for unit, size in _UNITS.get(wanted.name.split("_")[-1], {}).items():
        if said := rest.find(_compiled(rf"\b{_NUMBER} ?{unit}s?\b")):
            return said if size == 1 else float(said) * size
        if unit != "h" and rest.find(_compiled(rf"\b(?:last|past|next|a|this|one) {unit}\b")):
            return size
    said = rest.find(_COUNT) if wanted.name in _COUNT_NAMES else None
    return said or _coded(wanted, rest)


def _coded(wanted: Property, rest: Remainder) -> Json:
    """Read a number that the description gives a word for, as in "1 urgent, 2 high, 3 medium"."""
    codes = _CODE_IN_DESCRIPTION.findall(wanted.description)
    if len(codes) >= _MIN_CODES:
        for number, word in codes:
            if rest.find(_compiled(rf"\b{word}(?: {_noun(wanted)})?\b"), is_weak=True):
                return int(number)
    if wanted.is_required and (said := rest.find(_compiled(rf"(?<![\w-])#?{_NUMBER}\b"))):
        return said
    return None


def _list(wanted: Property, rest: Remainder) -> Json:
    noun = _noun(wanted).removesuffix("s")
    item = r"[\w-]+"
    pattern = rf"\b(?:with )?(?:the )?{noun}s? ({item}(?:(?:, ?| and |, and ){item})*)"
    return rest.find(_compiled(pattern))


def _text(wanted: Property, rest: Remainder, today: date) -> Json:
    if wanted.is_date:
        return _date(rest, today)
    shapes = [shape for name, shape in (*_SHAPES, *_PHRASES) if re.search(name, wanted.name)]
    for shape in shapes:
        if said := rest.find(_compiled(shape, is_exact=True)):
            return said.strip()
    if not shapes and _ID_NAME.search(wanted.name):
        said = rest.find(_compiled(rf"\b{_noun(wanted)}s?:? #?({_ID})", is_exact=True))
        if said is None and wanted.is_required:
            said = rest.find(_compiled(_ID, is_exact=True))
        return said
    return None


def _date(rest: Remainder, today: date) -> Json:
    for index, part in enumerate(rest.parts):
        if found := dates.find(part, today=today):
            lead = _BEFORE_DATE.search(part[: found[1][0]])
            rest.take(index, (lead.start() if lead else found[1][0], found[1][1]))
            return found[0].isoformat()
    return None


def _noun(wanted: Property) -> str:
    """Give how people name an argument, as a pattern: `project_id` is a project."""
    return re.sub("_+", "[ _-]", re.escape(_ID_NAME.sub("", wanted.name)) or wanted.name)


@lru_cache(maxsize=2048)
def _compiled(pattern: str, *, is_exact: bool = False) -> re.Pattern[str]:
    return re.compile(pattern, 0 if is_exact else re.IGNORECASE)
