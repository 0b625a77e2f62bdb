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


class NotToBeKeptError(SophiaError):
    """This holds a secret or personal data, which are not kept here: leave it out."""

    kind = Kind.INVALID
    code = "memory.not_to_be_kept"


class ScopeUnknownError(SophiaError):
    """There is no such shared scope for you: shared ones are org and team:NAME of your teams."""

    kind = Kind.INVALID
    code = "memory.scope_unknown"


class ScopeClosedError(SophiaError):
    """You may read this scope and not write to it: ask its maintainers, or an administrator."""

    kind = Kind.FORBIDDEN
    code = "memory.scope_closed"


class MemoryGuardedError(SophiaError):
    """Somebody else stored this shared memory: ask them, or a maintainer of its scope."""

    kind = Kind.FORBIDDEN
    code = "memory.guarded"


class ChangeMissingError(SophiaError):
    """There is no such change of this memory: its history lists those that there are."""

    kind = Kind.MISSING
    code = "memory.change_missing"


class ValidityBackwardsError(SophiaError):
    """It would end before it begins: give a valid_until behind valid_from."""

    kind = Kind.INVALID
    code = "memory.validity_backwards"


class FilterEmptyError(SophiaError):
    """That would forget everything: name a scope, category, kind, tag, source or time."""

    kind = Kind.INVALID
    code = "memory.filter_empty"


class PreviewStaleError(SophiaError):
    """What fits has changed since it was shown: look at the preview again, then confirm that."""

    kind = Kind.CONFLICT
    code = "memory.preview_stale"


class ImportUnreadableError(SophiaError):
    """This is no export that is understood: JSON lines, or a file of mem0, ChatGPT or Claude."""

    kind = Kind.INVALID
    code = "memory.import_unreadable"


class EntityMissingError(SophiaError):
    """There is no such entity: read_graph and search_nodes give the names of those there are."""

    kind = Kind.MISSING
    code = "memory.entity_missing"


class ChangedMeanwhileError(SophiaError):
    """Somebody changed it meanwhile: get it again, and say what to change of that."""

    kind = Kind.CONFLICT
    code = "memory.changed_meanwhile"


class LessonsUnreadableError(SophiaError):
    """The model gave nothing that says what to keep: another one may do better."""

    kind = Kind.UNAVAILABLE
    code = "memory.lessons_unreadable"


class NotLearnedError(SophiaError):
    """Nobody learned this from a talk, it was stored: delete it, or restore what it was before."""

    kind = Kind.CONFLICT
    code = "memory.not_learned"
