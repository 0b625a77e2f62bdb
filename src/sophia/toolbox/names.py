"""Names that pass for another: look-alike letters, and what nobody sees."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sophia.kit import hidden

_MAX_CHARS = 128
_TOLD = 5
# What MCP allows in a tool's name, and nothing that looks like it.
_NAME = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_SEPARATORS = re.compile(r"[-_.\s]+")
# Of letters that look alike, one stands for all (what Unicode's UTS 39 has for these letters).
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l"})
_PAIRS = (("rn", "m"), ("vv", "w"))


def likeness(name: str) -> str:
    """Give a form in which names that look alike are the same."""
    form = unicodedata.normalize("NFKC", hidden.stripped(name)).casefold().translate(_ALIKE)
    for pair, letter in _PAIRS:
        form = form.replace(pair, letter)
    return _SEPARATORS.sub("-", form)


def likeness_of_server(name: str) -> str:
    """Give the form for names of servers, in which a hyphen makes no difference."""
    return likeness(name).replace("-", "")


def taken_by(name: str, others: Iterable[str]) -> str | None:
    """Give the server whose name this one could be taken for."""
    form = likeness_of_server(name)
    return next((other for other in others if likeness_of_server(other) == form), None)


def faults(names: Sequence[str]) -> Mapping[str, str]:
    """Say why names of one server's tools cannot be used: what they are, or whose they take.

    Of two that look alike the first keeps its name; one that is given twice nobody has.
    """
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for name, times in Counter(names).items():
        earlier = first.setdefault(likeness(name), name)
        if fault := _fault(name):
            found[name] = fault
        elif times > 1:
            found[name] = "its name is given to several tools"
        elif earlier != name:
            found[name] = f"its name can be taken for {hidden.marked(earlier)[:_MAX_CHARS]}"
    return found


def _fault(name: str) -> str | None:
    if told := hidden.named(name):
        return f"its name hides {', '.join(told[:_TOLD])}"
    if len(name) > _MAX_CHARS:
        return f"its name is longer than {_MAX_CHARS} characters"
    if _NAME.fullmatch(name) is None:
        strange = [one for one in dict.fromkeys(name) if _NAME.fullmatch(one) is None]
        told = [f"U+{ord(one):04X} {unicodedata.name(one, '')}" for one in strange[:_TOLD]]
        return f"its name has other signs than A-Z a-z 0-9 _ . - ({', '.join(told)})"
    return None
