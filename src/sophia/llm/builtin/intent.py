"""What kind of thing a person says: a command, something to keep, a question, a request."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from sophia.llm.builtin import words


class Kind(Enum):
    """What to do about a sentence."""

    COMMAND = auto()
    REMEMBER = auto()
    EARLIER = auto()
    ABOUT = auto()
    THANKS = auto()
    DECLINE = auto()
    QUESTION = auto()
    REQUEST = auto()


@dataclass(frozen=True, slots=True)
class Intent:
    """A kind, the text that matters for it, and the kind of action that it asks for."""

    kind: Kind
    text: str
    verb: str | None = None


_POLITE = re.compile(
    r"(?:(?:hey|hi|hello|ok|okay|sophia|please|now|then|also|kindly|just)\b[,!:]?\s+"
    r"|(?P<asking>can|could|would|will) you (?:please )?|(?:i|we) (?:want|need)(?: you)? to "
    r"|(?:i|we)(?: would|['\u2019]d) like(?: you)? to |let['\u2019]?s )+",
    re.IGNORECASE,
)
_REMEMBER = re.compile(
    r"(?:(?:remember|note|keep in mind|(?:make|take) a note|don['\u2019]?t forget|do not forget)"
    r"(?: for (?:me|us|later)| to self)?(?: this)?(?P<that>\s+that\b)?|for the record"
    r"|(?:store|save)(?: this| the)?(?: fact)?(?: in(?:to)? (?:the |your )?memory)?"
    r"(?:\s+that\b|(?=:)))(?:(?P<mark>\s*[:,])|(?=\s|$))(?P<fact>[\s\S]*)",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:hi|hello|hey|hey there|good (?:morning|afternoon|evening|day)|help|(?:please )?help me"
    r"|who are you|what are you|what(?:'s| is) this|what can you do(?: for (?:me|us))?"
    r"|how do you work|what do you do|are you (?:an? )?(?:ai|bot|llm|language model|human))"
    r"(?:[ ,]+(?:sophia|there|everyone|all))?",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:(?:many )?thanks?|thank you|thx|cheers|great|perfect|nice|well done|good)"
    r"(?:[ ,]+(?:you|a lot|so much|very much|sophia|all|job|work))*",
    re.IGNORECASE,
)
_DECLINE = re.compile(
    r"(?:do not|don['\u2019]?t|never)\b(?! mind)|(?:stop|cancel|never ?mind|(?:do )?nothing)$",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"what (?:did|have) i (?:just |last )?(?:say|said|ask|asked|write|told you|tell you)"
    r"|what was my (?:last|previous) (?:message|question)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"(?:what|when|where|who|whom|whose|which|why|how|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|should|will|would|may|am)(?:['\u2019]s|['\u2019]re)?\b"
    r"|(?:tell (?:me|us) (?:about|what|when|where|who|which|how|why)|recall|look up"
    r"|remind (?:me|us)|do you (?:know|remember))\b",
    re.IGNORECASE,
)
_BEFORE_ARTICLE = re.compile(r"(?:open|file)\s+(?:an?|another|new|the)\b", re.IGNORECASE)


def read(message: str) -> Intent:
    """Say what kind of thing a message is."""
    text = message.strip()
    if text.startswith("/"):
        return Intent(Kind.COMMAND, text)
    polite = _POLITE.match(text)
    plain = text[polite.end() :].strip() if polite else text
    if polite and polite["asking"]:
        plain = plain.removesuffix("?")
    bare = text.strip(" \t\n.!?,:;")
    if not re.search(r"\w", text) or _ABOUT.fullmatch(bare):
        return Intent(Kind.ABOUT, text)
    if _THANKS.fullmatch(bare):
        return Intent(Kind.THANKS, text)
    if _EARLIER.match(plain):
        return Intent(Kind.EARLIER, text)
    return _read_sentence(plain or text)


def _read_sentence(text: str) -> Intent:
    is_asking = text.rstrip().endswith("?")
    found = _REMEMBER.match(text)
    if found and (found["that"] or found["mark"] or not is_asking):
        return Intent(Kind.REMEMBER, found["fact"].strip())
    if _DECLINE.match(text.rstrip(" .!")) and not is_asking:
        return Intent(Kind.DECLINE, text)
    verb = verb_of(text)
    if found or _ASKING.match(text) or (verb is None and (is_asking or "? " in text)):
        return Intent(Kind.QUESTION, text)
    return Intent(Kind.REQUEST, text, verb)


def verb_of(text: str) -> str | None:
    """Give the kind of action that a sentence begins by asking for."""
    first = next(iter(words.split(text[:80])), "")
    if first in {"open", "file"} and not _BEFORE_ARTICLE.match(text):
        return None
    return words.verb_group(first)
