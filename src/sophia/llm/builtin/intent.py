"""What kind of thing a person says: a command, something to keep, a question, a request."""

import difflib
import re
from dataclasses import dataclass
from enum import Enum, auto

from sophia.llm.builtin import words


class Kind(Enum):
    """What to do about a sentence."""

    COMMAND = auto()
    REMEMBER = auto()
    FORGET = auto()
    CORRECT = auto()
    RECENT = auto()
    EARLIER = auto()
    HELP = auto()
    TOOLS = auto()
    ABOUT = auto()
    THANKS = auto()
    CLOSING = auto()
    REPLY = auto()
    DECLINE = auto()
    QUESTION = auto()
    REQUEST = auto()
    TOO_LONG = auto()


@dataclass(frozen=True, slots=True)
class Intent:
    """A kind, the text that matters for it, and the kind of action that it asks for."""

    kind: Kind
    text: str
    verb: str | None = None
    is_asked: bool = False  # as in "can you …": such a question changes nothing for good


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


_POLITE = _pattern(
    r"(?:(?:hey|hi|hello|ok|okay|sophia|please|pls|plz|now|then|also|kindly|just|actually|so|well"
    r"|and|oh|sorry|yo|good (?:morning|afternoon|evening))\b[,!:]?\s+"
    r"|(?P<asking>can|could|would|will) (?:yo)?u (?:please |pls )?"
    r"|(?:i|we) (?:want|need)(?: you)? to (?:know )?"
    r"|(?:i|we)(?: would|['\u2019]d) like(?: you)? to (?:know )?"
    r"|let['\u2019]?s )+"
)
_REMEMBER = _pattern(
    r"(?:(?:remember|(?:note|write|jot)(?: (?:this|that|it))? down|note|keep in mind"
    r"|(?:make|take) a note|don['\u2019]?t forget|do not forget)"
    r"(?: for (?:me|us|later)| to self)?(?: this)?(?P<that>\s+that\b)?|for the record"
    r"|(?:fyi|correction|update)(?=[:,])"
    r"|(?:store|save|learn)(?: this| the)?(?: fact)?(?: (?:in|into|to) (?:the |your )?memory)?"
    r"(?:\s+that\b|(?=:)))(?:(?P<mark>\s*[:,])|(?=\s|$))(?P<fact>[\s\S]*)"
)
_MEMORY = r"(?:(?:the|my|our|your|all|every|these|those) ){0,3}(?:memor(?:y|ies)|facts?|notes?)"
_FORGET = _pattern(
    r"(?:(?:forget|unlearn)\b(?! to\b)"
    rf"|(?:delete|remove|erase|drop|forget|clear) {_MEMORY}(?: (?:about|of|on|that|saying)\b|$))"
    r"(?: (?:about|that|what (?:i|we) (?:said|told you|wrote)(?: about)?)\b)?(?P<topic>[\s\S]*)"
)
_CORRECT = _pattern(
    rf"(?:correct|update|change|edit|fix) {_MEMORY} (?:about|of|on|that|saying)\b(?P<topic>[\s\S]*)"
)
_RECENT = _pattern(
    r"(?:(?:what|show(?: me)?|list|tell me)(?: (?:everything|all|else|that|what))* (?:do|did|have)?"
    r" ?you(?:['\u2019]ve| have)? (?:remember(?:ed)?|know|ke(?:pt|ep)|stored?)(?: so far| now)?"
    rf"|(?:show|list|display|read|get)(?: me)?(?: all(?: of)?)? {_MEMORY})"
)
_HELP = _pattern(
    r"help(?: me| us)?(?: please)?|commands|usage|what can i (?:say|ask|do)(?: you| here)?"
)
_TOOLS = _pattern(
    r"(?:(?:list|show)(?: me)?(?: all)?(?: the| your)? |(?:what|which) )?tools"
    r"(?: (?:do you have|are there|can you use|exist|are available))?"
)
_ABOUT = _pattern(
    r"(?:hi|hiya|hello|hey|hey there|yo|moin|hallo|good (?:morning|afternoon|evening|day)"
    r"|who are you|what are you|what(?:['\u2019]?s| is) (?:this|your name)"
    r"|what can (?:yo)?u do(?: for (?:me|us))?|how (?:do you|does (?:this|it)) work|what do you do"
    r"|how are you|what['\u2019]?s up"
    r"|(?:(?:how|where) (?:do|can) (?:i|we) )?(?:add|use|connect|set up) (?:an? |another )?"
    r"(?:language )?model"
    r"|(?:do|are) you (?:use|using|run|running|have)(?: an?)?"
    r" (?:gpt\S*|chat ?gpt|(?:language )?model|llm|claude|gemini)"
    r"|(?:are|is) (?:you|this)(?: an?)? (?:ai|bot|llm|(?:language )?model|human|robot|real"
    r"|person|chat ?gpt|gpt|claude|gemini))(?:[ ,]+(?:sophia|there|everyone|all|team))?"
)
_THANKS = _pattern(
    r"(?:(?:many )?thanks?|thank (?:yo)?u|thx|ty|cheers|great|perfect|nice|cool|awesome|well done"
    r"|good)(?:[ ,]+(?:you|a lot|so much|very much|sophia|all|job|work|one))*"
)
_CLOSING = _pattern(
    r"(?:ok|okay|k|fine|all right|alright|got it|understood|bye|goodbye"
    r"|good night|see you)(?:[ ,]+(?:sophia|then))?"
)
_REPLY = _pattern(
    r"(?:yes|yep|yeah|no|nope|sure|do (?:it|that)|go ahead|both"
    r"|(?:the )?(?:first|second|third|last)(?: one)?|that one|really"
    r"|why|why not|how|when|where|who|what)"
)
_NOTHING = _pattern(
    r"never ?mind|forget (?:it|that|this)|(?:do )?nothing|cancel(?: that)?|stop(?: it)?"
)
_DECLINE = _pattern(r"(?:do not|don['\u2019]?t|never)\b")
_EARLIER = _pattern(
    r"what (?:did|have) i (?:just |last )?(?:say|said|ask|asked|write|told you|tell you)"
    r"(?: (?:just now|last|before|earlier|just))?"
    r"|what was my (?:last|previous) (?:message|question)"
)
_ASKING = _pattern(
    r"(?:what|when|where|who|whom|whose|which|why|how|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|should|will|would|may|am)(?:['\u2019]?s|['\u2019]?re)?\b"
    r"|(?:tell (?:me|us)|recall|look up|anything about"
    r"|remind (?:me|us) (?:about|of|what|when|where|who|which|how|why))\b"
)
_STATING = _pattern(
    r"(?:i|you|we|they|he|she|it|there|this|that|remind (?:me|us)"
    r"|merke?|notiere?|souviens|retiens|recuerda|ricorda|lembre|onthoud)\b"
    r"|[\s\S]*\b(?:is|are|was|were|has|have|had|will|would|can|should|must|did|does)\b"
)
_BEFORE_ARTICLE = _pattern(r"(?:open|file|deploy)\s+(?:an?|another|new|the)\b")
_SHORT_ANSWERS = (
    (_HELP, Kind.HELP),
    (_TOOLS, Kind.TOOLS),
    (_ABOUT, Kind.ABOUT),
    (_THANKS, Kind.THANKS),
    (_CLOSING, Kind.CLOSING),
    (_REPLY, Kind.REPLY),
    (_NOTHING, Kind.DECLINE),
    (_EARLIER, Kind.EARLIER),
    (_RECENT, Kind.RECENT),
)
_OFTEN_MISTYPED = {"r": ("remember",), "w": ("what", "when", "where", "which", "who")}
_CLOSE_ENOUGH = {"r": 0.8, "w": 0.75}  # to write takes more than to read
_MAX_SHORT = 200
MAX_CHARS = 20_000  # of a request or a question; what is to be remembered may be longer


def read(message: str) -> Intent:
    """Say what kind of thing a message is."""
    text = message.strip()
    if text.startswith("/"):
        return Intent(Kind.COMMAND, text)
    if not re.search(r"\w", text):
        return Intent(Kind.ABOUT, text)
    polite = _POLITE.match(text)
    plain = _mended(text[polite.end() :].strip() if polite else text)
    is_asked = bool(polite and polite["asking"])
    plain = plain.removesuffix("?") if is_asked else plain
    for said in (text, plain):
        bare = said.strip(" \t\n.!?,:;")
        for pattern, kind in _SHORT_ANSWERS if len(said) < _MAX_SHORT else ():
            if pattern.fullmatch(bare):
                return Intent(kind, text)
    return _read_sentence(plain or text, is_asked=is_asked)


def _read_sentence(text: str, *, is_asked: bool) -> Intent:
    is_asking = text.rstrip().endswith("?")
    found = _REMEMBER.match(text)
    if found and (found["that"] or found["mark"] or not is_asking):
        return Intent(Kind.REMEMBER, found["fact"].strip())
    if len(text) > MAX_CHARS:
        return Intent(Kind.TOO_LONG, "")
    if not is_asking:
        for pattern, kind in ((_FORGET, Kind.FORGET), (_CORRECT, Kind.CORRECT)):
            if about := pattern.match(text.rstrip(" .!")):
                return Intent(kind, _topic(about["topic"]), is_asked=is_asked)
        if _DECLINE.match(text):
            return Intent(Kind.DECLINE, text)
    verb = verb_of(text)
    is_question = _ASKING.match(text) or (
        verb is None and (is_asking or "? " in text or not _STATING.match(text))
    )
    if found or is_question:
        return Intent(Kind.QUESTION, text)
    return Intent(Kind.REQUEST, text, verb, is_asked=is_asked or is_asking)


def _topic(said: str) -> str:
    return said.strip(" \t\n:,").removesuffix("please").rstrip(" ,")


def verb_of(text: str) -> str | None:
    """Give the kind of action that a sentence begins by asking for."""
    first = next(iter(words.split(text[:80])), "")
    if first in {"open", "file", "deploy"} and not _BEFORE_ARTICLE.match(text):
        return None
    return words.verb_group(first)


def _mended(text: str) -> str:
    """Put the first word right if it is one of a few that was mistyped."""
    first = next(iter(words.split(text[:40])), "")
    known = _OFTEN_MISTYPED.get(first[:1], ())
    if not text.lower().startswith(first) or first.startswith(known) or _ASKING.match(text):
        return text
    close = difflib.get_close_matches(first, known, n=1, cutoff=_CLOSE_ENOUGH.get(first[:1], 1))
    return close[0] + text[len(first) :] if close else text
