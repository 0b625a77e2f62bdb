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
_FEW = 4
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
_BEING = (
    r"(?:is|are|was|were|has|have|will be|has been|have been|isn't|aren't)(?: now| not| no longer)*"
    r"(?: (?:moved|changed|renamed|postponed|brought forward|raised|lowered|increased|reduced"
    r"|pushed|set|called|kept|stored|hosted|based|deployed|capped|limited|scheduled|held|due)"
    r"(?: back)?)?"
    r"(?: to| at| on| in| from)?"
)
_DOING = (
    r"(?:moved|changed|goes|runs?|lives?|sits?|listens?|takes?|costs?|lasts?|expires?|ends?|starts?"
    r"|begins?|happens?|belongs?|prefers?|reports?|needs?|requires?|uses?|points?|closes?|opens?"
    r"|deploys?|releases?|meets?|works?)(?: now)?(?: to| at| on| in| for| from| with"
    r"| through| via| by)?"
)
_STATING = re.compile(rf"(?P<key>.+?)\s+(?:{_BEING}|{_DOING})\s+(?P<value>.+)", re.IGNORECASE)
_FORMS = (_SETTING, _USING, _STATING)
# Where something is: it is in one place, even if all that is known of it is a name.
_PLACED = re.compile(
    r"(?P<key>.+?)\s+(?:is|are|runs?|lives?|sits?|works?|was|moved|is hosted|is based)(?: now)?"
    r" (?:to|on|in|at|from) (?P<value>.+)",
    re.IGNORECASE,
)
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


@dataclass(frozen=True, slots=True)
class _Claim:
    terms: frozenset[str]
    key: frozenset[str]
    value: frozenset[str]
    old: frozenset[str]
    # What is said to be somewhere.
    placed: str
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
    return Likeness.AGAINST if _is_against(here, there) else Likeness.APART


def _is_against(here: _Claim, there: _Claim) -> bool:
    if here.key and here.key == there.key:
        return here.value != there.value or here.is_negated != there.is_negated
    if here.has_change and here.old and here.old <= there.terms:
        rest = here.terms - here.old
        is_of_it = here.old == there.value or len(there.terms) <= _FEW
        return bool(rest & (there.terms - here.old)) or here.is_negated or is_of_it
    if here.has_change and here.placed and here.placed == there.placed:
        return True
    if here.has_change and here.is_negated != there.is_negated:
        return len(here.terms & there.terms) >= _LEAST_SHARED
    is_alike = bool(here.key and there.key) and _overlap(here.key, there.key) >= _ALIKE
    if here.has_change and is_alike:
        return len(here.terms & there.terms) >= _LEAST_SHARED
    return _differs_in_kind(here, there)


def _differs_in_kind(here: _Claim, there: _Claim) -> bool:
    """Say whether two statements are word for word the same but for times or numbers."""
    mine, theirs = here.terms - there.terms, there.terms - here.terms
    shared = here.terms & there.terms
    is_close = len(shared) >= max(_LEAST_SHARED, len(mine), len(theirs))
    return is_close and bool(mine and theirs) and all(map(_is_measure, mine | theirs))


def _is_measure(term: str) -> bool:
    return any(one.isdigit() for one in term) or term in _TIMES


def _read(statement: str, *, has_change: bool) -> _Claim:
    plain = statement.replace("’", "'").strip().rstrip(".!")  # noqa: RUF001 - as people type it
    key, value = _parts(_LEAD.sub("", plain, count=1))
    old: frozenset[str] = frozenset()
    if has_change:
        told = (words.terms(found["old"]) for found in _FROM.finditer(plain))
        old = frozenset(term for terms in told for term in terms)
    return _Claim(
        terms=_terms(plain),
        key=_terms(key),
        value=_terms(value),
        old=old - _MARKS,
        placed=found["key"].lower() if (found := _PLACED.fullmatch(plain)) else "",
        is_negated=_NOT.search(plain) is not None,
        has_change=has_change,
    )


def _parts(statement: str) -> tuple[str, str]:
    """Give what a statement is about, and what it says of it; empty where that is not plain."""
    if found := _OWNING.match(statement):
        return f"owner {found['key']}", found["value"]
    found = next(filter(None, (one.match(statement) for one in _FORMS)), None)
    # Of one person, or of us, many things hold at once.
    if found is None or _OF_SOMEBODY.fullmatch(found["key"].strip()):
        return "", ""
    return found["key"], found["value"]


def _terms(statement: str) -> frozenset[str]:
    return frozenset(words.terms(statement)) - _MARKS


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
