"""Finding tools by words, where there are too many to list: BM25 over names, titles, descriptions.

Okapi BM25 (Robertson and Zaragoza, 2009, formula 3.15) with k1 = 1.2 and b = 0.75; a word in a name
counts three times, in a title twice.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

from sophia.core.messages import JsonObject

_K1 = 1.2
_B = 0.75
_WEIGHTS = (("name", 3), ("title", 2), ("description", 1))
_WORD = re.compile(r"[a-z0-9]+")
_ENDINGS = ("ing", "ies", "es", "ed", "e", "s")
_MIN_STEM = 3


def best(tools: Sequence[JsonObject], query: str, *, limit: int) -> list[JsonObject]:
    """Give the tools that fit, the best first; those that share no word with the query are out."""
    documents = [_words_of(tool) for tool in tools]
    sizes = [sum(words.values()) for words in documents]
    average = sum(sizes) / len(sizes) if sizes else 1.0
    terms = set(_words(query))
    rarity = {
        term: math.log(1 + (len(tools) - count + 0.5) / (count + 0.5))
        for term in terms
        if (count := sum(term in words for words in documents))
    }
    scored = [
        (_score(words, size / (average or 1.0), rarity), -place)
        for place, (words, size) in enumerate(zip(documents, sizes, strict=True))
    ]
    ranked = sorted((one for one in scored if one[0] > 0), reverse=True)
    return [tools[-place] for _, place in ranked[:limit]]


def _score(words: Counter[str], relative_size: float, rarity: dict[str, float]) -> float:
    damping = _K1 * (1 - _B + _B * relative_size)
    return sum(
        weight * words[term] * (_K1 + 1) / (words[term] + damping)
        for term, weight in rarity.items()
    )


def _words_of(tool: JsonObject) -> Counter[str]:
    words: Counter[str] = Counter()
    for member, weight in _WEIGHTS:
        for word in _words(str(tool.get(member) or "")):
            words[word] += weight
    return words


def _words(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.lower().replace("_", " "))]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word
