"""What can go wrong with memories."""

from sophia.kit.errors import Kind, SophiaError


class MemoryMissingError(SophiaError):
    """There is no such memory: search_memories gives the ids of those that there are."""

    kind = Kind.MISSING
    code = "memory.missing"


class MemoryTwiceError(SophiaError):
    """Another memory already says exactly this: delete one of the two instead."""

    kind = Kind.CONFLICT
    code = "memory.twice"


class NothingToUpdateError(SophiaError):
    """Nothing to change was given: pass content, category, tags, metadata or occurred_at."""

    kind = Kind.INVALID
    code = "memory.nothing_to_update"
