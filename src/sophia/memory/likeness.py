"""Whether two statements say the same, or cannot both hold.

A statement is read as a key and a value: "the deploy window is Friday" is about the deploy window,
"Anna owns billing" about who owns billing. Of one key two values cannot hold; what merely shares
words with another statement holds beside it.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from sophia.llm.builtin import words
from sophia.memory.phrases import said

_SAME = 0.9
_ALIKE = 0.5
_LEAST_SHARED = 2
_FEW = 3
_MARK_WORDS = """
    now longer anymore instead decided agreed switched moved migrated changed replaced renamed going
    forward actually correction update new old was used starting from since team back again always
    usually generally really each every said
"""
_TIME_WORDS = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december daily weekly monthly quarterly yearly nightly
    hourly morning afternoon evening noon midnight mon tue wed thu fri
"""
_MARKS = frozenset(map(words.stem, _MARK_WORDS.split()))
_TIMES = frozenset(_TIME_WORDS.split()) | frozenset(map(words.stem, _TIME_WORDS.split()))
_NOT = said("""
    not|no longer|never|no|without|stopped|stop|dropped|drop|retired|cannot|isn't|aren't|don't
    |doesn't|can't|won't|avoid|hate|dislike
""")
_NAME = r"[A-Z][\w-]*(?: (?:and|&) [A-Z][\w-]*)?"
_OWNING = re.compile(
    rf"(?P<value>{_NAME}|I|we) (?:now )?(?:owns?|leads?|maintains?|manages?|handles?|looks? after"
    r"|takes? care of|took over|takes over|taking over|(?:is|am|are) (?:now )?(?:responsible for"
    r"|in charge of|on call for|on call|the (?:owner|lead|maintainer|contact) (?:of|for)"
    r"|our contact (?:for|at)))\s+(?P<key>.+)"
)
_USING = re.compile(
    r"(?:we|i|the team) (?:(?:now|always|only|will|all) )*(?:use|uses|go with|run|prefer|like|pay"
    r"|deploy|release|ship|meet|store|keep|host) (?P<value>.+?) (?P<key>(?:for|as|to) .+)",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"(?:we|they|the team|[A-Z][\w-]*) (?:(?:have|has|just|now) )*(?:raised|lowered|increased"
    r"|reduced|changed|moved|set|pushed|postponed|extended|cut) (?P<key>.+?)(?: from .+?)?"
    r" to (?P<value>.+)",
    re.IGNORECASE,
)
_TURNED = (
    r"moved|changed|switched|renamed|postponed|pushed|brought forward|raised|lowered|increased"
    r"|reduced|extended|cut"
)
_BEING = (
    r"(?:is|are|was|were|will be|has been|have been|isn't|aren't)(?: now| not| no longer)*"
    rf"(?: (?P<done>{_TURNED}|[a-z]+ed|written|built|kept|held|sent|run|set|cut|due)(?: back)?)?"
    r"(?: (?P<where>to|at|on|in|from|by|with))?"
)
_DOING = (
    r"(?P<doing>moved|changed|goes|has|have|runs?|lives?|sits?|listens?|takes?|costs?|lasts?"
    r"|expires?|ends?|starts?|begins?|happens?|belongs?|prefers?|reports?|needs?|requires?|uses?"
    r"|points?|closes?|opens?|deploys?|releases?|meets?|works?|supports?)(?: now)?"
    r"(?: (?P<whither>to|at|on|in|from|for|with|through|via|by))?"
)
_STATING = re.compile(rf"(?P<key>.+?)\s+(?:{_BEING}|{_DOING})\s+(?P<value>.+)", re.IGNORECASE)
_PLACES = frozenset({"at", "on", "in", "from", "through", "via", "to"})
# Many of these hold beside each other.
_MANY = frozenset(map(words.stem, ("used", "needed", "required", "supported", "shared", "based")))
_BARE = "be"
_PLACED = "place"
_TURN = "turn"
_USE = "use"
_OWNER = "owner"
_OF_SOMEBODY = re.compile(r"[A-Z][\w-]*|i|we|he|she|they|you", re.IGNORECASE)
_FROM = re.compile(
    r"\b(?:from|instead of|replaced|no longer(?: use| on| with)?|rather than|not|dropped|retired"
    r"|stopped (?:using|paying for|[a-z]+ing)|got rid of)"
    r"\s+(?P<old>[\w@./#:+-]+(?: [\w@./#:+-]+){0,2}?)"
    r"(?=\s+(?:to|with|by|for|but|on|in|any ?more|since|as)\b|[,.;]|$)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:we(?:'ve| have)? (?:decided|agreed)(?: that| to)? |from now on,? |going forward,? "
    r"|as of [^,]+, |starting [^,]+, |actually,? )",
    re.IGNORECASE,
)


class Likeness(Enum):
    """How a new statement stands to one that is known."""

    APART = auto()
    KNOWN = auto()  # the known one says it, and perhaps more
    MORE = auto()  # the new one says what the known one does, and more
    AGAINST = auto()  # both cannot hold


class _Kind(Enum):
    """What a value is, going by how it is written."""

    MEASURE = auto()
    NAME = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A statement: what it is about (`key`), what it says of it (`value`), and how (`link`)."""

    terms: frozenset[str]
    key: frozenset[str]
    link: str
    value: frozenset[str]
    kind: _Kind
    is_of_name: bool
    # What is named as having been so.
    old: frozenset[str]
    is_negated: bool
    has_change: bool


def compare(said_now: str, known: str, *, is_change: bool) -> Likeness:
    """Say how a new statement stands to a known one; `is_change`: it says itself that it is new."""
    here, there = _read(said_now, has_change=is_change), _read(known, has_change=False)
    if here.is_negated == there.is_negated and not here.has_change:
        if here.terms <= there.terms or _overlap(here.terms, there.terms) >= _SAME:
            return Likeness.KNOWN
        if there.terms < here.terms and len(there.terms) >= _LEAST_SHARED:
            return Likeness.MORE
    if here.has_change and here.terms == there.terms and here.is_negated == there.is_negated:
        return Likeness.KNOWN
    is_against = _has_another_value(here, there) or _is_turned_from(here, there)
    return Likeness.AGAINST if is_against or _differs_in_measures(here, there) else Likeness.APART


def _has_another_value(here: _Claim, there: _Claim) -> bool:
    """Say whether two statements give one thing two values of which only one can hold."""
    is_same_key = bool(here.key) and here.key == there.key
    if here.has_change and not here.is_of_name and not there.is_of_name:
        is_same_key = is_same_key or _overlap(here.key, there.key) >= _ALIKE
    if not is_same_key or (here.value == there.value and here.is_negated == there.is_negated):
        return False
    if here.is_of_name and not (here.has_change and there.link == _PLACED):
        return False  # of somebody many things hold at once
    if here.link != there.link and _TURN not in {here.link, there.link}:
        return False
    link = there.link if here.link == _TURN else here.link
    kinds = {here.kind, there.kind}
    if link in {_OWNER, _USE}:
        return True
    if link == _PLACED or link.startswith("done "):
        return len(kinds) == 1 or not here.is_of_name
    is_exact = _Kind.OTHER not in kinds and link in {_BARE, _TURN}
    return is_exact or kinds == {_Kind.MEASURE}


def _is_turned_from(here: _Claim, there: _Claim) -> bool:
    """Say whether a statement says of what another one says that it is so no more."""
    if not here.has_change:
        return False
    if here.old and here.old <= there.terms:
        rest = (here.terms - here.old) & (there.terms - here.old)
        return bool(rest) or here.old <= there.value or len(there.terms) <= _FEW
    is_opposed = here.is_negated != there.is_negated
    return is_opposed and len(here.terms & there.terms) >= _LEAST_SHARED


def _differs_in_measures(here: _Claim, there: _Claim) -> bool:
    """Say whether two statements are word for word the same but for times or numbers."""
    mine, theirs = here.terms - there.terms, there.terms - here.terms
    shared = here.terms & there.terms
    is_close = len(shared) >= max(_LEAST_SHARED, len(mine), len(theirs))
    return is_close and bool(mine and theirs) and all(map(_is_measure, mine | theirs))


def _is_measure(term: str) -> bool:
    return any(one.isdigit() for one in term) or term in _TIMES


def _read(statement: str, *, has_change: bool) -> _Claim:
    plain = statement.replace("’", "'").strip().rstrip(".!")  # noqa: RUF001 - as people type it
    key, link, value = _parts(_LEAD.sub("", plain, count=1))
    old: frozenset[str] = frozenset()
    if has_change:
        told = (words.terms(found["old"]) for found in _FROM.finditer(plain))
        old = frozenset(term for terms in told for term in terms)
    return _Claim(
        terms=_terms(plain),
        key=_terms(key),
        link=link,
        value=_terms(value),
        kind=_kind(value),
        is_of_name=_OF_SOMEBODY.fullmatch(key.strip()) is not None,
        old=old - _MARKS,
        is_negated=_NOT.search(plain) is not None,
        has_change=has_change,
    )


def _parts(statement: str) -> tuple[str, str, str]:
    """Give what a statement is about, how it says what of it; empty where that is not plain."""
    if found := _OWNING.match(statement):
        return found["key"], _OWNER, found["value"]
    if found := _SETTING.match(statement):
        return found["key"], _TURN, found["value"]
    if found := _USING.match(statement):
        return found["key"], _USE, found["value"]
    if found := _STATING.match(statement):
        return found["key"], _link(found), found["value"]
    return "", "", ""


def _link(found: re.Match[str]) -> str:
    done, doing = (found["done"] or "").lower(), (found["doing"] or "").lower()
    if re.fullmatch(_TURNED, done or doing):
        return _TURN
    if done:
        return words.stem(done) if words.stem(done) in _MANY else f"done {words.stem(done)}"
    if (found["where"] or found["whither"] or "").lower() in _PLACES:
        return _PLACED
    return words.stem(doing) if doing else _BARE


def _kind(value: str) -> _Kind:
    if any(map(_is_measure, words.terms(value))):
        return _Kind.MEASURE
    return _Kind.NAME if value[:1].isupper() else _Kind.OTHER


def _terms(statement: str) -> frozenset[str]:
    return frozenset(words.terms(statement)) - _MARKS


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
