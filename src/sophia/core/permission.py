"""May a tool run: its class, the operator's rules, and what an approval is bound to."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from sophia.core.messages import JsonObject, ToolSpec


class ToolClass(StrEnum):
    """What a tool can do to the world."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"
    EGRESS = "egress"


class Verdict(StrEnum):
    """What a rule says of a call."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Subject(StrEnum):
    """Whom a rule is for, the wider first: the narrower wins."""

    EVERYBODY = "everybody"
    ROLE = "role"
    USER = "user"
    API_KEY = "api_key"


class Reason(StrEnum):
    """Why a person is asked."""

    POLICY = "policy"
    TAINT = "taint"


@dataclass(frozen=True, slots=True)
class Rule:
    """A verdict on a class (`class:write`) or on tools by name (`github__*`), for somebody."""

    subject: Subject
    subject_id: str
    target: str
    verdict: Verdict


CLASS_PREFIX = "class:"
_WIDTH = list(Subject)


def _by_default(tool_class: ToolClass, verdict: Verdict) -> Rule:
    return Rule(Subject.EVERYBODY, "", f"{CLASS_PREFIX}{tool_class}", verdict)


DEFAULT_RULES = (
    _by_default(ToolClass.READ, Verdict.ALLOW),
    _by_default(ToolClass.WRITE, Verdict.ALLOW),
    _by_default(ToolClass.DESTRUCTIVE, Verdict.ASK),
    _by_default(ToolClass.EGRESS, Verdict.ASK),
)


def class_of(spec: ToolSpec) -> ToolClass:
    """Give a tool's class, the graver one when it has several."""
    if spec.is_read_only:
        return ToolClass.READ
    if spec.is_destructive:
        return ToolClass.DESTRUCTIVE
    return ToolClass.EGRESS if spec.is_open_world else ToolClass.WRITE


def verdict_on(spec: ToolSpec, rules: Iterable[Rule]) -> Verdict:
    """Give the verdict of the most specific rule: first by whom it is for, then by its target.

    `rules` are those that concern the caller; the built-in ones are added here and come last.
    """
    tool_class = class_of(spec)
    concerning = [
        rule for rule in (*DEFAULT_RULES, *rules) if _concerns(rule.target, spec.name, tool_class)
    ]
    # Of equals the later counts, so that a stored rule overrides a built-in one.
    return max(enumerate(concerning), key=lambda found: (*_narrowness(found[1]), found[0]))[
        1
    ].verdict


def arguments_hash(arguments: JsonObject) -> str:
    """Give the SHA-256 of the arguments in one canonical form."""
    canonical = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _concerns(target: str, name: str, tool_class: ToolClass) -> bool:
    if target.startswith(CLASS_PREFIX):
        return target == f"{CLASS_PREFIX}{tool_class}"
    return fnmatchcase(name, target)


def _narrowness(rule: Rule) -> tuple[int, bool, int, int]:
    is_by_name = not rule.target.startswith(CLASS_PREFIX)
    # A whole name is narrower than a pattern, and the longer pattern narrower than the shorter.
    wildcards = sum(rule.target.count(sign) for sign in "*?[")
    return (
        _WIDTH.index(rule.subject),
        is_by_name,
        -wildcards if is_by_name else 0,
        len(rule.target) if is_by_name else 0,
    )
