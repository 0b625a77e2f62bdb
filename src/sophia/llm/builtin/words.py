"""Words made comparable: lower case, light stems, synonyms that mean one thing here."""

import re
from collections.abc import Iterable

from sophia.core.messages import ToolSpec

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_ENDINGS = (
    ("'s", ""),
    ("\u2019s", ""),
    ("ies", "y"),
    ("ment", ""),
    ("ing", ""),
    ("ed", ""),
    ("s", ""),
)
_MIN_STEM = 3

_STOP_WORDS = """
    a an the my our your his her its their me us we i you it they he she this that these those
    is are was were be been am do does did has have had can could would should will shall may
    what which who whom whose when where why how of in on at to for from by with about into and or
    not please sophia there here any some all just now currently many much time day date kind
    tell know say said let want need like so if than then as up out over during last past available
    exist told remember recall anything everything more find search look
    get got whats whos wheres whens hows
"""
_STOP = frozenset(_STOP_WORDS.split())

# What may stand for a tool's verb. Nothing stands for a verb that destroys but its nearest kin:
# "stop" in particular is no "terminate".
_VERBS = {
    "get": "get show list display fetch give view read print see",
    "search": "search find look query",
    "create": "create make open add new file raise write post",
    "generate": "generate build design draft",
    "update": "update change edit modify set rename move mark assign reassign",
    "finish": "close complete finish resolve reopen",
    "delete": "delete remove erase forget drop",
    "terminate": "terminate destroy",
    "stop": "stop halt pause suspend restart reboot cancel shut kill",
    "launch": "launch start spin boot rent provision",
    "check": "check audit inspect verify validate test",
    "analyze": "analyze analyse scan lint review",
    "estimate": "estimate calculate price",
    "optimize": "optimize optimise improve speed",
    "store": "store save keep remember",
    "invoke": "invoke run ask call prompt",
    "comment": "comment reply",
    "merge": "merge deploy push send publish approve",
}
_SYNONYMS = {
    "pr": "pull request",
    "prs": "pull request",
    "repo": "repository",
    "ticket": "issue",
    "gpu": "instance",
    "machine": "instance",
    "vm": "instance",
    "price": "cost",
    "expense": "cost",
    "a11y": "accessibility",
    "todo": "task",
    "statistics": "stats",
    "vulnerability": "security issue",
    "fact": "memory",
    "readme": "file",
    "llm": "model",
    "reply": "comment",
}


def stem(word: str) -> str:
    """Cut a lower-case word down to what its forms share."""
    for ending, put in _ENDINGS:
        if len(word) >= len(ending) + _MIN_STEM and word.endswith(ending):
            if word.endswith("ss") or (ending == "ment" and len(word) < 8):  # noqa: PLR2004 - comment
                continue
            word = word.removesuffix(ending) + put
            is_doubled = len(word) > _MIN_STEM and word[-1] == word[-2] and word[-1] not in "lse"
            word = word[:-1] if is_doubled and ending in {"ing", "ed"} else word
            break
    return word.removesuffix("e") if len(word) > _MIN_STEM else word


_GROUP_OF = {stem(word): group for group, words in _VERBS.items() for word in words.split()}
_STANDS_FOR = {stem(word): tuple(map(stem, put.split())) for word, put in _SYNONYMS.items()}


def split(text: str) -> list[str]:
    """Give the words of a text in lower case."""
    return _WORD.findall(text.lower())


def is_stop(word: str) -> bool:
    """Say whether a word carries no meaning of its own."""
    return re.split("['\u2019]", word, maxsplit=1)[0] in _STOP


def terms(text: str) -> list[str]:
    """Give the stems of the words that carry meaning."""
    return [stem(word) for word in split(text) if not is_stop(word)]


def widened(stems: Iterable[str]) -> set[str]:
    """Give the stems and what they stand for."""
    return {other for one in stems for other in (one, *_STANDS_FOR.get(one, ()))}


def verb_group(word: str) -> str | None:
    """Give the kind of action that a word names, if it names one."""
    return _GROUP_OF.get(stem(word.lower()))


def name_terms(tool: ToolSpec) -> set[str]:
    """Give the stems of the words in a tool's own name."""
    return {stem(word) for word in split(tool.name.rpartition("__")[2])}
