"""What a question asks for: its words, its dates, and whether it asks for a time."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_MAX_WORDS = 64
_STRIPPED = ".,;:!?\"'()[]{}<>`*_"
_MONTHS = calendar.month_name[1:]
_ASKS_WHEN = re.compile(
    r"\W*(when|how long|since when|until when|(what|which) (date|time|day|week|month|year))\b"
)
_YEAR = re.compile(r"\b(19|20)\d\d\b")
# "may" is a month only where it stands beside a number or "in", "of", "last", "next", "this".
_MAY = re.compile(r"\b(\d+(st|nd|rd|th)?( of)?|in|of|last|next|this|since|until) may\b|\bmay,? \d")

# The stemmer knows regular forms alone. The forms of irregular words, the plain one first.
_IRREGULAR = """
become became|begin began begun|bend bent|bind bound|bite bit bitten|blow blew blown|break broke
broken|bring brought|build built|buy bought|catch caught|child children|choose chose chosen|come
came|deal dealt|dig dug|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall
fell fallen|feed fed|feel felt|fight fought|find found|fly flew flown|foot feet|forget forgot
forgotten|freeze froze frozen|get got gotten|give gave given|go went gone|grow grew grown|hang
hung|hear heard|hide hid hidden|hold held|keep kept|knife knives|know knew known|lead led|leave
left|lend lent|life lives|lose lost|make made|man men|mean meant|meet met|mouse mice|pay paid|
person people|ride rode ridden|rise rose risen|run ran|say said|see saw seen|seek sought|sell
sold|send sent|shake shook shaken|shoot shot|show showed shown|sing sang sung|sit sat|sleep slept|
slide slid|speak spoke spoken|spend spent|stand stood|steal stole stolen|strike struck|sweep swept|
swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought|throw threw
thrown|tooth teeth|understand understood|wake woke woken|wear wore worn|wife wives|win won|woman
women|write wrote written
"""


def _forms() -> Mapping[str, tuple[str, ...]]:
    groups = (tuple(group.split()) for group in _IRREGULAR.split("|"))
    return {form: group for group in groups for form in group}


_FORMS = _forms()


@dataclass(frozen=True, slots=True)
class Question:
    """A query, read.

    `words` are what is looked for and `concepts`, beside each, the irregular word whose form it
    is, if it is one: went and gone count as go.
    """

    text: str
    words: tuple[str, ...]
    concepts: tuple[str | None, ...]
    months: frozenset[int]
    years: frozenset[int]
    asks_when: bool

    def fits(self, moment: datetime) -> bool:
        """Say whether the question names the month or the year of a moment."""
        if not self.months and not self.years:
            return False
        is_month = not self.months or moment.month in self.months
        return is_month and (not self.years or moment.year in self.years)

    def names(self, speaker: str) -> bool:
        """Say whether the question names somebody."""
        return re.search(rf"\b{re.escape(speaker.lower())}\b", self.text) is not None


def read(query: str) -> Question:
    """Read a query."""
    text = query.lower()
    pairs: list[tuple[str, str | None]] = []
    for word in query.split()[:_MAX_WORDS]:
        forms = _FORMS.get(_plain(word))
        pairs += [(word, None)] if forms is None else [(form, forms[0]) for form in forms]
    return Question(
        text=text,
        words=tuple(word for word, _ in pairs),
        concepts=tuple(concept for _, concept in pairs),
        months=frozenset(
            number
            for number, name in enumerate(_MONTHS, 1)
            if (_MAY if name == "May" else re.compile(rf"\b{name.lower()}\b")).search(text)
        ),
        years=frozenset(int(found.group()) for found in _YEAR.finditer(text)),
        asks_when=_ASKS_WHEN.match(text) is not None,
    )


def _plain(word: str) -> str:
    return word.lower().strip(_STRIPPED).removesuffix("'s")
